import { line } from '../report/index.js';
import { type CarryOutRollback, LiveRedis, watch } from '../watch/index.js';
import type { Answer } from './answer.js';
import type { Session } from './session.js';
import { watchLine } from './watch-lines.js';

export interface WatchRequest {
  readonly once: boolean;
  readonly json: boolean;
  /** Null for nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  readonly autoRollback: CarryOutRollback | null;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Watches until a signal ends it, or once. */
export async function watchAnswer(session: Session, request: WatchRequest): Promise<Answer> {
  const { config, surroundings } = session;
  const { clock } = surroundings;
  const redis = new LiveRedis(config.redis, config.streams.prefix);
  session.defer(() => redis.close());
  const last = await watch({
    context: {
      plan: config,
      services: session.services(),
      contracts: () => session.contracts(),
      clock,
      redis: () => redis.get(),
    },
    serves: !request.once,
    metrics: request.metrics,
    autoRollback: request.autoRollback,
    say: (event) => request.say(watchLine(event, clock.now(), request.json)),
    signal: request.signal,
  });
  const emergency = last?.emergency ?? null;
  const halt = last?.shared?.halt ?? null;
  const holding = emergency?.holding.map(({ issue, message }) => ({ issue, message })) ?? [];
  return {
    document: {
      ok: holding.length === 0,
      exitCode: 0,
      at: last === null ? null : new Date(last.sample.atMs).toISOString(),
      redis: last?.sample.clock === 'redis',
      holding,
      inDoubt: emergency?.inDoubt.map(({ issue, message }) => ({ issue, message })) ?? [],
      halt,
      announced: last?.shared?.announced ?? null,
      drift: last?.drift ?? [],
    },
    page: [
      ...holding.map(({ message }) => line(message, { tone: 'bad' })),
      ...(halt === null ? [] : [line(`A halt is in force: ${halt.reason}.`, { tone: 'warn' })]),
      ...(holding.length === 0 && halt === null ? [line('Nothing is wrong.')] : []),
    ],
    next: ['orion-bus status'],
  };
}
