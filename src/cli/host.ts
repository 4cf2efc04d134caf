import { probeCapabilities } from '../redis/index.js';
import type { Host, Runbook, RunEvent } from '../runbooks/index.js';
import type { Interruption } from './interruption.js';
import type { Session } from './session.js';

/** What a verb works on, opened from a session; the session closes it. */
export async function openHost(
  session: Session,
  with_: {
    readonly runbooks: ReadonlyMap<string, Runbook>;
    readonly interruption: Interruption;
    readonly emit: (event: RunEvent) => void;
    readonly say: (text: string) => void;
  },
): Promise<Host> {
  const redis = await session.redis();
  return {
    plan: session.config,
    redis,
    capabilities: await probeCapabilities(redis, session.config.streams.prefix),
    services: session.services(),
    contracts: () => session.contracts(),
    clock: session.surroundings.clock,
    runbooks: with_.runbooks,
    interruption: with_.interruption,
    emit: with_.emit,
    onWait: ({ host, verb }, remainingMs) =>
      with_.say(`${host} holds the lease (${verb}); waiting ${Math.ceil(remainingMs / 1_000)} s`),
  };
}
