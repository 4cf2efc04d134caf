import type { Config } from '../config/index.js';
import { loadContracts } from '../contracts/index.js';
import { type Clock, OrionError } from '../problems/index.js';
import { probeCapabilities, RedisLink } from '../redis/index.js';
import type { Drill, DrillOutcome, DrillProgress, OpenDrill } from '../rehearsal/index.js';
import {
  carryOut,
  type Host,
  type Move,
  proposeMigration,
  proposeRollback,
  type Runbook,
  type RunEvent,
  rollbackOrder,
} from '../runbooks/index.js';
import { createServices } from '../services/index.js';

/** Phase 1 lasts a week and is no part of the rehearsal; its gate is passed by name, as the report says. */
const OVERRIDES = new Map([['phase1', 'the rehearsal begins with phase 2']]);

/** The verbs of the migration for the rehearsal: the very functions that the commands call. */
export function rehearsalDrill(runbooks: ReadonlyMap<string, Runbook>, clock: Clock): OpenDrill {
  return async (config, signal) => {
    const redis = await RedisLink.open(config.redis, 'orion-bus');
    let listen: (event: RunEvent) => void = () => undefined;
    const host = await drillHost(config, redis, {
      runbooks,
      clock,
      signal,
      emit: (e) => listen(e),
    });
    const during = async <T>(
      report: (progress: DrillProgress) => void,
      work: () => Promise<T>,
    ): Promise<T> => {
      listen = (event) => {
        const progress = progressOf(event);
        if (progress !== null) report(progress);
      };
      return work();
    };
    return {
      migrate: (module, report) => during(report, () => settled(() => migrate(host, module))),
      rollbackAll: (report) => during(report, () => rollbackAll(host)),
      async close() {
        redis.close();
      },
    } satisfies Drill;
  };
}

async function drillHost(
  config: Config,
  redis: RedisLink,
  more: Pick<Host, 'runbooks' | 'clock' | 'emit'> & { readonly signal: AbortSignal },
): Promise<Host> {
  const { signal, ...rest } = more;
  return {
    ...rest,
    plan: config,
    redis,
    capabilities: await probeCapabilities(redis, config.streams.prefix),
    services: createServices(config.services, { clock: more.clock }),
    contracts: () => loadContracts({ directory: config.contracts }),
    interruption: {
      requested: () => (signal.aborted ? 'graceful' : 'none'),
      onChange(listener) {
        signal.addEventListener('abort', listener);
        return () => signal.removeEventListener('abort', listener);
      },
    },
    onWait: () => undefined,
  };
}

async function migrate(host: Host, module: string): Promise<DrillOutcome> {
  const options = { start: false, missingGroup: null, acceptDuplicates: 0, overrides: OVERRIDES };
  const proposal = await proposeMigration(host, { module, options, takeOver: 'none' });
  if (proposal.kind === 'already') return { exitCode: 0, announced: 0, text: 'on target already' };
  if (proposal.refusal !== null) throw proposal.refusal;
  return moved(host, proposal.move);
}

async function rollbackAll(host: Host): Promise<(DrillOutcome & { module: string })[]> {
  const options = { start: false, missingGroup: null, acceptDuplicates: 0, overrides: new Map() };
  const among = rollbackOrder(host, null);
  const outcomes: (DrillOutcome & { module: string })[] = [];
  for (const module of among) {
    const outcome = await settled(async () => {
      const proposal = await proposeRollback(host, { module, among, options, side: null });
      if (proposal.kind === 'nothing') return { exitCode: 0, announced: 0, text: proposal.because };
      return moved(host, proposal.move);
    });
    outcomes.push({ ...outcome, module });
  }
  return outcomes;
}

async function moved(host: Host, move: Move): Promise<DrillOutcome> {
  const tolerant = move.verb === 'rollback';
  const { run, announced } = await carryOut(host, move, {
    takeOver: 'none',
    tolerant,
    unstored: () => undefined,
  });
  const text = run.error === null ? `${announced} in hand` : run.error.message;
  return { exitCode: run.exitCode, announced, text };
}

/** What an exit code can say is an outcome of the drill, not an error of the rehearsal. */
async function settled(work: () => Promise<DrillOutcome>): Promise<DrillOutcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OrionError)) throw error;
    return { exitCode: error.exitCode, announced: 0, text: error.message };
  }
}

function progressOf(event: RunEvent): DrillProgress | null {
  switch (event.type) {
    case 'step.started':
      return { step: event.step, state: 'started', text: event.title };
    case 'step.progress':
      return {
        step: event.step,
        state: 'progress',
        text: `${event.title}: ${event.progress.text}`,
      };
    case 'step.failed':
      return { step: event.step, state: 'failed', text: event.text };
    default:
      return null;
  }
}
