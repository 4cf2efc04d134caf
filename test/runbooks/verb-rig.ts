import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/problems/index.js';
import {
  carryOut,
  type Host,
  loadRunbooks,
  type Move,
  type MoveResult,
  proposeMigration,
  proposeRollback,
  proposeSettle,
  readStanding,
} from '../../src/runbooks/index.js';
import { NO_OPTIONS, type World } from '../steps/step-rig.js';

/* The verbs on a world of one module, each call one process that ends well or is killed at a step. */

const shipped = await loadRunbooks({
  shipped: fileURLToPath(new URL('../../runbooks', import.meta.url)),
});

const PAST_GATES = new Map(
  ['phase1', 'validate', 'headroom'].map((gate): [string, string] => [gate, 'a test']),
);

export function hostOf(world: World, more: Partial<Host> = {}): Host {
  return {
    plan: world.plan,
    redis: world.redis,
    capabilities: world.capabilities,
    services: world.services,
    contracts: world.context().contracts,
    clock: systemClock,
    runbooks: shipped,
    interruption: { requested: () => 'none', onChange: () => () => undefined },
    emit: () => undefined,
    onWait: () => undefined,
    ...more,
  };
}

export async function migrate(
  world: World,
  more: Partial<Host> = {},
  options: Partial<typeof NO_OPTIONS> = {},
): Promise<MoveResult> {
  const host = hostOf(world, more);
  const proposal = await proposeMigration(host, {
    module: 'memory',
    options: { ...NO_OPTIONS, overrides: PAST_GATES, ...options },
    takeOver: 'none',
  });
  if (proposal.kind === 'already') throw new Error('it is on the target already');
  if (proposal.refusal !== null) throw proposal.refusal;
  return run(host, proposal.move, false);
}

/** Null where there is nothing to put back. */
export async function rollback(
  world: World,
  more: Partial<Host> = {},
  request: { side?: 'source' | 'target'; acceptDuplicates?: number } = {},
): Promise<MoveResult | null> {
  const host = hostOf(world, more);
  const proposal = await proposeRollback(host, {
    module: 'memory',
    among: ['memory'],
    side: request.side ?? null,
    options: { ...NO_OPTIONS, acceptDuplicates: request.acceptDuplicates ?? 0 },
  });
  return proposal.kind === 'nothing' ? null : run(host, proposal.move, true);
}

export async function settle(world: World, more: Partial<Host> = {}): Promise<MoveResult> {
  const host = hostOf(world, more);
  const { move } = await proposeSettle(host, 'memory', NO_OPTIONS);
  return run(host, move, false);
}

export async function stateOf(world: World): Promise<string> {
  const standing = await readStanding(hostOf(world));
  return standing.modules.get('memory')?.state.name ?? 'unknown';
}

function run(host: Host, move: Move, tolerant: boolean): Promise<MoveResult> {
  return carryOut(host, move, { takeOver: 'none', tolerant, unstored: () => undefined });
}

/**
 * A process that ends when a run is about to begin a step (or has finished one): an interruption that
 * says `now` leaves everything as it is, as a kill would.
 */
export function killedAt(step: string, when: 'started' | 'done' = 'started'): Partial<Host> {
  let requested: 'none' | 'now' = 'none';
  const listeners = new Set<() => void>();
  return {
    interruption: {
      requested: () => requested,
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    emit(event) {
      if (event.type !== `step.${when}` || !('step' in event) || event.step !== step) return;
      requested = 'now';
      for (const listener of listeners) listener();
    },
  };
}
