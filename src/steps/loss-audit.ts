import { type LossSample, type LossVerdict, lossBetween } from '../handoff/index.js';
import type { JsonObject } from '../problems/index.js';
import { ZERO_ID } from '../redis/index.js';
import { lookingKind } from './define-step.js';
import { lossOf, type TurnedStream, turnedStreams } from './look-again.js';
import type { StepContext } from './step-context.js';
import { turnOf } from './turn-intent.js';

/**
 * What a group was owed and was trimmed away since the run began. A loss does not fail the step: the
 * turn is correct and stays, and taking it back would bring nothing back. The verb raises the halt.
 */
export const lossAudit = lookingKind({
  name: 'loss-audit',
  summary: 'Audits that no entry owed to the module was lost during the run.',
  nature: 'check',
  describe: ({ module }) => `audit what ${module.name} was owed against what is there`,
  async look(context) {
    const audited: JsonObject[] = [];
    for (const turned of turnedStreams(context)) {
      const { stream, giving, receiving } = turned;
      const verdicts = [...beforeTurn(context, stream), ...(await afterTurn(context, turned))];
      const [before = 0, after = 0] = [verdicts.slice(0, 2), verdicts.slice(2)].map(most);
      audited.push({
        stream,
        giving,
        receiving,
        lost: before + after,
        inherited: verdicts[0]?.inherited ?? 0,
        verdict: verdicts.some(({ verdict }) => verdict === 'inconclusive')
          ? 'inconclusive'
          : 'pass',
      });
    }
    return { lost: audited.reduce((sum, { lost }) => sum + Number(lost), 0), streams: audited };
  },
});

/**
 * From the beginning of the run to the turn. A turn that was done again after its answer was lost has
 * wiped out what the look before it saw, and the intent alone still tells.
 */
function beforeTurn({ run }: StepContext, stream: string): readonly LossVerdict[] {
  const base = sampleIn(run.earlier.intent('create-groups'), stream);
  return [run.earlier.intent('turn'), run.earlier.result('turn')].map((data) =>
    lossBetween(base, sampleIn(data, stream)),
  );
}

/** From the turn to the start, and to now. */
async function afterTurn(
  context: StepContext,
  { stream, receiving, cursor }: TurnedStream,
): Promise<readonly LossVerdict[]> {
  const { earlier } = context.run;
  const now = await lossOf(context, stream, receiving);
  const before = sampleIn(earlier.result('turn'), stream);
  const base: LossSample = {
    ...now,
    // The turn sets the counter to what it is where nothing is lost, but none is kept at the very beginning.
    trimmedUnread: cursor === ZERO_ID ? before.trimmedUnread : 0,
    ghosts: keptBefore(context, stream),
  };
  return [
    lossBetween(base, sampleIn(earlier.result('look-again'), stream)),
    lossBetween(base, now),
  ];
}

/** What lay in the receiving group before the turn, or was parked there by it: that has its body kept. */
function keptBefore({ run, plan, receiving }: StepContext, stream: string): readonly string[] {
  const turn = turnOf(run.earlier.intent('turn')).streams.find((each) => each.stream === stream);
  const parked = plan[receiving].resumesPending ? [] : (turn?.move ?? []);
  return [...(turn?.receivingPending ?? []), ...parked].map(({ id }) => id);
}

const most = (verdicts: readonly LossVerdict[]): number =>
  Math.max(0, ...verdicts.map(({ lost }) => lost));

/** The sample of one stream that a step of this run wrote down. */
function sampleIn(data: JsonObject | null, stream: string): LossSample {
  const streams = data?.['streams'];
  const found = Array.isArray(streams)
    ? streams.find((entry: JsonObject) => entry['stream'] === stream)
    : undefined;
  const loss = (found as JsonObject | undefined)?.['loss'];
  // Written by this tool's own steps; a stream that appeared meanwhile has no base and no loss yet.
  return (loss ?? { stream, group: '', atMs: 0, trimmedUnread: null, ghosts: [] }) as LossSample;
}
