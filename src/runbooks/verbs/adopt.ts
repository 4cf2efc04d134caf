import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { redisTimeMs, type SideName } from '../../facts/index.js';
import { adopt, Journal, Lease, newRunId } from '../../journal/index.js';
import { OrionError } from '../../problems/index.js';
import type { Host } from './host.js';
import { openRunInTheWay } from './legality.js';
import { readStanding, type Standing } from './standing.js';

/*
 * Adopting: this host's journal becomes the memory of the migration, and each module is taken to be
 * on the side where its settings point. It is the way out of a drift that is right as it is, and of a
 * journal that stood on another host.
 */

export interface AdoptionProposal {
  readonly standing: Standing;
  /** The side on which each module will be taken to be. */
  readonly modules: ReadonlyMap<string, SideName>;
}

type Adopting = Pick<Host, 'plan' | 'redis' | 'clock' | 'onWait'>;

/** @throws {OrionError} where a run is open, a journal damaged, or settings point nowhere */
export async function proposeAdoption(host: Adopting): Promise<AdoptionProposal> {
  const standing = await readStanding(host);
  if (standing.history.openRun !== null) throw openRunInTheWay(standing.history.openRun);
  const modules = new Map<string, SideName>();
  for (const [name, { settings }] of standing.modules) {
    if (settings.side !== 'source' && settings.side !== 'target') throw unclear(name);
    modules.set(name, settings.side);
  }
  return { standing, modules };
}

/** Carries the adoption out. */
export async function carryOutAdoption(
  host: Adopting,
  proposal: AdoptionProposal,
  reason: string,
): Promise<void> {
  const { plan, redis, clock } = host;
  const { prefix } = plan.streams;
  const run = newRunId(clock.now(), randomBytes);
  const lease = await Lease.acquire({
    link: redis,
    prefix,
    run,
    verb: 'adopt',
    clock,
    takeOver: 'none',
    onWait: host.onWait,
  });
  try {
    const journal = await Journal.open(plan.stateDir, { clock });
    try {
      await adopt(redis, prefix, {
        token: lease.token,
        host: hostname(),
        journal,
        run,
        reason,
        modules: Object.fromEntries(proposal.modules),
        redisAt: await redisTimeMs(redis),
      });
    } finally {
      await journal.close();
    }
  } finally {
    await lease.release();
  }
}

function unclear(module: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'side.unknown',
    message: `The settings of ${module} do not tell on which side it is.`,
    hint: 'Nothing was changed. Set them right first.',
    next: ['orion-bus status', `orion-bus rollback --phase 2 --module ${module}`],
  });
}
