import { groupIn, lookAtStream } from '../facts/index.js';
import { type LossSample, lossSampleOf, readStreamState } from '../handoff/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { groupName, streamKey } from '../redis/index.js';
import { lookingKind } from './define-step.js';
import { expectHeadroomLeft, untilRedisAnswers } from './redis-outage.js';
import type { StepContext } from './step-context.js';

/** The last look before the start: both groups stand where the turn put them. */
export const lookAgain = lookingKind({
  name: 'look-again',
  summary:
    'Looks once more: the receiving group stands at the turn’s cursor, the giving one has not moved.',
  nature: 'fence',
  describe: ({ module }) => `look again at the groups of ${module.name}`,
  async look(context) {
    const turned = turnedStreams(context);
    expectHeadroomLeft(context);
    for (const { stream, giving, receiving, cursor } of turned) {
      await untilRedisAnswers(context, () => expectCursor(context, stream, receiving, cursor));
      await untilRedisAnswers(context, () => expectCursor(context, stream, giving, cursor));
    }
    // Once the module reads on, nothing tells any more what was trimmed since the turn.
    const streams: JsonObject[] = [];
    for (const { stream, receiving } of turned) {
      const loss = await untilRedisAnswers(context, () => lossOf(context, stream, receiving));
      streams.push({ stream, loss });
    }
    return { streams };
  },
});

/** What one group has lost by now. */
export async function lossOf(
  { redis, capabilities }: StepContext,
  stream: string,
  group: string,
): Promise<LossSample> {
  const name = groupName(group);
  const handoff = { stream: streamKey(stream), type: '', giving: name, receiving: name };
  return lossSampleOf(await readStreamState(redis, capabilities, handoff));
}

/** A stream as this run turned it. */
export interface TurnedStream {
  readonly stream: string;
  readonly giving: string;
  readonly receiving: string;
  readonly cursor: string;
  /** Unread for long before the run: handed over, but no flow is expected on it. */
  readonly abandoned: boolean;
}

/** What the turn of this run observed; empty where nothing had to be turned. */
export function turnedStreams({ run }: StepContext): readonly TurnedStream[] {
  const streams = run.earlier.result('turn')?.['streams'];
  if (!Array.isArray(streams)) return [];
  return streams.map((stream: JsonObject) => ({
    stream: String(stream['stream']),
    giving: String(stream['giving']),
    receiving: String(stream['receiving']),
    cursor: String(stream['cursor']),
    abandoned: stream['abandoned'] === true,
  }));
}

/** @throws {OrionError} kind `fence` when the group is not where the turn put it */
export async function expectCursor(
  { redis, capabilities }: StepContext,
  stream: string,
  group: string,
  cursor: string,
): Promise<void> {
  const look = await lookAtStream(redis, capabilities, streamKey(stream), { countCap: 0 });
  if (look.kind === 'none') return;
  const found = groupIn(look, group)?.cursor ?? 'nowhere';
  if (found === cursor) return;
  throw new OrionError({
    kind: 'fence',
    code: 'fence.moved',
    message: `The group ${group} on ${stream} stands at ${found}, not at ${cursor}: somebody read from it.`,
    hint: 'A second reader takes messages from this module.',
    next: ['orion-bus groups', 'orion-bus status'],
  });
}
