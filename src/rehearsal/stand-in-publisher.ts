import { type Clock, messageOf } from '../problems/index.js';
import { type RedisLink, streamOfType, textOf } from '../redis/index.js';
import type { LedgerFile } from './ledger-file.js';
import { makeMessage, type StandInType } from './messages.js';
import type { Random } from './random.js';

export interface PublisherRole {
  readonly name: string;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly maxLength: number;
  readonly feeds: readonly Feed[];
  readonly ledger: string;
  readonly seed: string;
}

interface Feed {
  readonly type: StandInType;
  /** Messages a second. */
  readonly rate: number;
}

export interface PublisherRuntime {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: LedgerFile;
  readonly log: (line: string) => void;
  readonly link: RedisLink;
}

const TICK_MS = 50;
/** What one tick catches up at most, so that an outage is not followed by one huge write. */
const MOST_AT_ONCE = 1_000;

/**
 * Publishes until the process is ended from outside. What is due is computed from the time that has
 * passed, not from the number of ticks: a slow machine sends larger bursts, never fewer messages.
 */
export async function runPublisher(role: PublisherRole, runtime: PublisherRuntime): Promise<void> {
  const started = runtime.clock.now();
  const sent = new Map<StandInType, number>();
  for (;;) {
    const seconds = (runtime.clock.now() - started) / 1_000;
    for (const { type, rate } of role.feeds) {
      const before = sent.get(type) ?? 0;
      const due = Math.min(MOST_AT_ONCE, Math.floor(seconds * rate) - before);
      if (due > 0) sent.set(type, before + (await publish(role, type, due, runtime)));
    }
    await runtime.clock.sleep(TICK_MS);
  }
}

async function publish(
  role: PublisherRole,
  type: StandInType,
  count: number,
  { clock, random, ledger, log, link }: PublisherRuntime,
): Promise<number> {
  const stream = streamOfType(role.prefix, type);
  const commands = Array.from({ length: count }, () => {
    const message = JSON.stringify(makeMessage(type, { random, now: clock.now() }));
    return ['xadd', stream, 'MAXLEN', '~', role.maxLength, '*', 'data', message] as const;
  });
  try {
    for (const id of await link.pipeline(commands)) ledger.published(stream, textOf(id));
    return count;
  } catch (error) {
    log(`publish to ${stream} failed: ${messageOf(error)}`);
    return 0;
  }
}
