import type { Config } from '../config/index.js';
import { loadContracts } from '../contracts/index.js';
import { Journal } from '../journal/index.js';
import { type Clock, OrionError } from '../problems/index.js';
import { probeCapabilities, RedisLink } from '../redis/index.js';
import type {
  Drill,
  DrillOutcome,
  DrillProgress,
  OpenDrill,
  Overrides,
} from '../rehearsal/index.js';
import {
  announcedByModule,
  carryOut,
  carryOutPhase,
  clearedHalt,
  type Host,
  type Move,
  type PhaseRequest,
  proposeMigration,
  proposePhase,
  proposeSettle,
  type Runbook,
  type RunEvent,
} from '../runbooks/index.js';
import { createServices } from '../services/index.js';
import type { MoveOptions } from '../steps/index.js';
import { baselineOf } from './phase-answers.js';
import { reportForArchive } from './report-texts.js';

/** How long the rehearsal looks at the source bus before phase 1. */
const BASELINE_MS = 3_000;

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
    const during = (
      report: (progress: DrillProgress) => void,
      work: () => Promise<DrillOutcome>,
    ): Promise<DrillOutcome> => {
      listen = (event) => {
        const progress = progressOf(event);
        if (progress !== null) report(progress);
      };
      return settled(work);
    };
    const phase =
      (verb: PhaseRequest['verb']) =>
      (report: (progress: DrillProgress) => void, overrides?: Overrides): Promise<DrillOutcome> =>
        during(report, () => carryOutVerb(host, verb, optionsWith(overrides)));
    return {
      phase1Start: phase('phase1-start'),
      migrate: (module, report, overrides) =>
        during(report, () => migrate(host, module, optionsWith(overrides))),
      settle: (module, report) => during(report, () => settle(host, module)),
      phase3Cutover: phase('phase3-cutover'),
      phase3Finalize: phase('phase3-finalize'),
      rollback: phase('rollback-phase3'),
      async clearHalt(reason) {
        await clearedHalt(host, reason);
      },
      announced: async () => announcedByModule((await Journal.read(config.stateDir)).records),
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

const OPTIONS: MoveOptions = {
  start: false,
  missingGroup: null,
  acceptDuplicates: 0,
  overrides: new Map(),
};

function optionsWith(overrides: Overrides = new Map()): MoveOptions {
  return { ...OPTIONS, overrides };
}

async function migrate(host: Host, module: string, options: MoveOptions): Promise<DrillOutcome> {
  const proposal = await proposeMigration(host, { module, options, takeOver: 'none' });
  if (proposal.kind === 'already') return { exitCode: 0, text: 'on target already' };
  if (proposal.refusal !== null) throw proposal.refusal;
  return moved(host, proposal.move);
}

async function settle(host: Host, module: string): Promise<DrillOutcome> {
  return moved(host, (await proposeSettle(host, module, OPTIONS)).move);
}

async function moved(host: Host, move: Move): Promise<DrillOutcome> {
  const { run, announced } = await carryOut(host, move, {
    takeOver: 'none',
    tolerant: false,
    unstored: () => undefined,
  });
  const text = run.error === null ? `${announced} in hand` : run.error.message;
  return { exitCode: run.exitCode, text };
}

async function carryOutVerb(
  host: Host,
  verb: PhaseRequest['verb'],
  options: MoveOptions,
): Promise<DrillOutcome> {
  const proposal = await proposePhase(host, {
    verb,
    options,
    doneByHand: new Set(),
    baseline: (signal) => baselineOf(host, () => undefined, signal, BASELINE_MS),
    report: reportForArchive(host),
  });
  if (proposal.kind !== 'run') {
    return { exitCode: 0, text: `nothing to do: it stands in ${proposal.phase}` };
  }
  if (proposal.refusal !== null) throw proposal.refusal;
  const tolerant = proposal.run.failures === 'go-on';
  const { run, parts, durationMs } = await carryOutPhase(host, proposal.run, {
    takeOver: 'none',
    tolerant,
    unstored: () => undefined,
  });
  const lost = parts.reduce((sum, part) => sum + part.lost, 0);
  if (run.error !== null) return { exitCode: run.error.exitCode, text: run.error.message };
  const took = `${parts.length} services in ${(durationMs / 1_000).toFixed(1)} s`;
  return lost > 0
    ? { exitCode: 2, text: `${lost} messages were lost` }
    : { exitCode: 0, text: parts.length > 0 ? took : 'done' };
}

/** What an exit code can say is an outcome of the drill, not an error of the rehearsal. */
async function settled(work: () => Promise<DrillOutcome>): Promise<DrillOutcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OrionError)) throw error;
    return { exitCode: error.exitCode, text: error.message };
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
