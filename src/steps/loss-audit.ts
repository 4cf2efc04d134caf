import { type LossSample, lossBetween, lossSampleOf, readStreamState } from '../handoff/index.js';
import type { JsonObject } from '../problems/index.js';
import { groupName, streamKey } from '../redis/index.js';
import { lookingKind } from './define-step.js';
import { turnedStreams } from './look-again.js';

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
    for (const { stream, giving, receiving } of turnedStreams(context)) {
      const beforeTurn = lossBetween(
        sampleIn(context.run.earlier.intent('create-groups'), stream),
        sampleIn(context.run.earlier.result('turn'), stream),
      );
      const state = await readStreamState(context.redis, context.capabilities, {
        stream: streamKey(stream),
        type: '',
        giving: groupName(receiving),
        receiving: groupName(receiving),
      });
      // Right after the turn nothing was lost by definition: the base of the receiving group is zero.
      const now = lossSampleOf(state);
      const base: LossSample = { ...now, trimmedUnread: 0, ghosts: [] };
      const afterTurn = lossBetween(base, now);
      const verdicts = [beforeTurn, afterTurn];
      const lost = verdicts.reduce((sum, verdict) => sum + verdict.lost, 0);
      audited.push({
        stream,
        giving,
        receiving,
        lost,
        inherited: beforeTurn.inherited,
        verdict: verdicts.some(({ verdict }) => verdict === 'inconclusive')
          ? 'inconclusive'
          : 'pass',
      });
    }
    return { lost: audited.reduce((sum, { lost }) => sum + Number(lost), 0), streams: audited };
  },
});

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
