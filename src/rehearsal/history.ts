import type { Clock } from '../problems/index.js';
import {
  type EntryId,
  entryId,
  fieldsOf,
  type RedisLink,
  streamOfType,
  textOf,
} from '../redis/index.js';
import { makeMessage, type StandInType } from './messages.js';
import { randomOf } from './random.js';

export interface HistoryOptions {
  readonly prefix: string;
  /** Every source group and the contract type it reads. */
  readonly groups: readonly { readonly type: string; readonly source: string }[];
  readonly events: number;
  readonly seed: string;
  readonly clock: Clock;
}

/** How many messages of a type there are for one event. */
const SHARES: Readonly<Record<StandInType, number>> = {
  event: 1,
  incident: 0.2,
  decision: 0.2,
  approval_request: 0.1,
  approval_decision: 0.1,
  outcome: 0.2,
  'edge.telemetry': 0.1,
};

/**
 * Fills the streams as if the modules had been running for a while: messages, and after them each
 * source group, with its cursor at the end and nothing pending.
 * @returns by stream, the last entry of the history
 */
export async function writeHistory(
  redis: RedisLink,
  { prefix, groups, events, seed, clock }: HistoryOptions,
): Promise<ReadonlyMap<string, EntryId>> {
  const random = randomOf(`${seed} history`);
  for (const type of Object.keys(SHARES).filter(isStandInType)) {
    const commands = Array.from({ length: Math.round(events * SHARES[type]) }, () => {
      const message = JSON.stringify(makeMessage(type, { random, now: clock.now() }));
      return ['xadd', streamOfType(prefix, type), '*', 'data', message];
    });
    if (commands.length > 0) await redis.pipeline(commands);
  }
  const base = new Map<string, EntryId>();
  for (const { type, source } of groups) {
    const stream = streamOfType(prefix, type);
    await redis.command('XGROUP', 'CREATE', stream, source, '$', 'MKSTREAM');
    const info = fieldsOf(await redis.command('XINFO', 'STREAM', stream));
    base.set(stream, entryId(textOf(info.get('last-generated-id'))));
  }
  return base;
}

function isStandInType(type: string): type is StandInType {
  return type in SHARES;
}
