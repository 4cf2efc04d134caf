import { type MigrationHistory, streamsOf } from '../checks/index.js';
import { discoverStreams, type Plan } from '../facts/index.js';
import { keepWarm, type WarmMark } from '../handoff/index.js';
import { type Capabilities, groupName, type RedisLink, streamKey } from '../redis/index.js';
import type { WatchEvent } from './watch-event.js';

type Marks = Readonly<Record<string, WarmMark | 'drift'>>;

/**
 * One tick for the source groups of every module that is recorded on the target (handoff 9). What is
 * not recorded there any more is forgotten, so that the next migration begins anew.
 */
export async function keepWarmRound(
  redis: { readonly link: RedisLink; readonly capabilities: Capabilities },
  plan: Plan,
  history: MigrationHistory,
  marks: Marks,
  say: (event: WatchEvent) => void,
): Promise<Marks> {
  const next: Record<string, WarmMark | 'drift'> = {};
  if (history.openRun !== null) return marks;
  const found = await discoverStreams(redis.link, plan.streams.prefix);
  for (const module of plan.modules) {
    if (history.modules.get(module.name)?.side !== 'target') continue;
    for (const { stream, type, source, target } of streamsOf(module, found, 'source')) {
      const key = `${stream} ${source}`;
      const mark = marks[key] ?? null;
      if (mark === 'drift') {
        next[key] = mark;
        continue;
      }
      const groups = {
        stream: streamKey(stream),
        type,
        giving: groupName(source),
        receiving: groupName(target),
      };
      const { prefix } = plan.streams;
      const tick = await keepWarm(redis.link, redis.capabilities, prefix, groups, mark);
      if (tick.kind === 'warm') next[key] = tick.mark;
      else if (tick.kind === 'waiting' && mark !== null) next[key] = mark;
      else if (tick.kind === 'drift') {
        next[key] = 'drift';
        const { cursor, pending } = tick;
        say({ type: 'drift', stream, group: source, cursor, pending });
      }
    }
  }
  return next;
}
