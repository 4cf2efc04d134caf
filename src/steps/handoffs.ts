import { streamsOf } from '../checks/index.js';
import { discoverStreams } from '../facts/index.js';
import type { StreamHandoff } from '../handoff/index.js';
import { groupName, streamKey } from '../redis/index.js';
import type { StepContext } from './step-context.js';

/**
 * The streams to be handed over, found anew each time: those that carry the module's giving group.
 * On the way back also those that carry only its receiving group, since there the giving one is lost.
 */
export async function findHandoffs(context: StepContext): Promise<readonly StreamHandoff[]> {
  const { plan, redis, module, giving, receiving } = context;
  const found = await discoverStreams(redis, plan.streams.prefix);
  const sides = context.run.verb === 'migrate' ? [giving] : [giving, receiving];
  const streams = new Map(
    sides
      .flatMap((side) => streamsOf(module, found, side))
      .map((stream) => [stream.stream, stream]),
  );
  return [...streams.values()].map((stream) => ({
    stream: streamKey(stream.stream),
    type: stream.type,
    giving: groupName(stream[giving]),
    receiving: groupName(stream[receiving]),
  }));
}
