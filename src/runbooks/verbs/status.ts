import {
  type GateResult,
  type Halt,
  type MigrationHistory,
  type MigrationPhase,
  type ModuleState,
  moduleState,
  STATE_LETTERS,
} from '../../checks/index.js';
import { type Plan, redisTimeMs, type SideName, settingsSide } from '../../facts/index.js';
import {
  Journal,
  type JournalView,
  Lease,
  type LeaseState,
  type SharedState,
} from '../../journal/index.js';
import { OrionError } from '../../problems/index.js';
import {
  askBurnIn,
  askPhase2,
  lookAtRedeliveries,
  type ModuleStanding,
  type RedeliveryLook,
} from '../../steps/index.js';
import { historyOf } from '../history.js';
import { type EmergencyStatus, emergencyStatus } from './emergency-status.js';
import type { Host } from './host.js';
import { commandOf } from './legality.js';
import { proposeMigration } from './migrate.js';
import { backOfModule, nextCommand, nextOfModule } from './next-command.js';
import { phaseOf } from './phase.js';
import { journalProblemOf, readStanding } from './standing.js';

/** Where the whole migration stands, and what to type next; `status --json` shows it. */
export interface MigrationStatus {
  readonly phase: MigrationPhase;
  /** ISO 8601 by Redis's clock; null where Redis does not answer: then nothing is known of readers, halt and lease. */
  readonly at: string | null;
  readonly halt: Halt | null;
  /** What `watch` will carry out under the halt, or has begun; null where nothing is announced. */
  readonly announced: SharedState['announced'];
  readonly openRun: OpenRunStatus | null;
  readonly lease: LeaseState | null;
  readonly journal: JournalStatus;
  /** In the order of migration. */
  readonly modules: readonly ModuleStatus[];
  /** The gates of what comes next; null where nothing does, or they could not be asked. */
  readonly gates: {
    /** The command that asks them. */
    readonly command: string;
    /** The module that moves next; null where a phase is to end. */
    readonly module: string | null;
    readonly results: readonly GateResult[];
  } | null;
  /** Why the gates could not be asked. */
  readonly gatesProblem: string | null;
  /** The emergency criteria, and what the decision matrix says; null where Redis does not answer. */
  readonly emergency: EmergencyStatus | null;
  /** The one command to type next. */
  readonly next: string;
}

export interface OpenRunStatus {
  readonly run: string;
  readonly verb: string;
  readonly module: string | null;
  /** The command that takes it up. */
  readonly command: string;
}

export interface JournalStatus {
  readonly path: string;
  readonly records: number;
  /** Its last line was not finished. */
  readonly torn: boolean;
  /** Why it cannot be relied on. */
  readonly problem: { readonly code: string; readonly message: string } | null;
}

export interface ModuleStatus {
  readonly module: string;
  readonly state: ModuleState['name'];
  /** The state's letter in the state tables, such as T✓. */
  readonly letter: string;
  readonly because: string;
  readonly soakLeftMs: number | null;
  readonly settings: {
    readonly side: SideName | 'mixed' | 'unreadable';
    readonly places: readonly {
      readonly file: string;
      readonly key: string | null;
      readonly side: SideName | null;
      readonly found: string;
    }[];
  };
  /** On which sides it was seen reading; null where nobody could look. */
  readonly readers: readonly SideName[] | null;
  /** What a rollback by hand would re-deliver; null where it is not set to the target, or nobody could look. */
  readonly redelivery: RedeliveryLook | null;
  /** What to type to take it up; null while it soaks. */
  readonly next: string | null;
  /** What to type to put it back; null while it is on the source. */
  readonly back: string | null;
}

/** @throws {OrionError} when Redis does not answer */
export async function lookAtStatus(host: Host): Promise<MigrationStatus> {
  const { plan, redis } = host;
  const standing = await readStanding(host);
  const { history, journal, journalProblem, shared } = standing;
  const modules = [...standing.modules.values()];
  const onTarget = modules.filter(({ settings }) => settings.side === 'target');
  const known = {
    atMs: await redisTimeMs(redis),
    lease: await Lease.read(redis, plan.streams.prefix),
    announced: shared.announced,
    modules,
    redeliveries: await lookAtRedeliveries(
      host,
      onTarget.map(({ module }) => module),
    ),
  };
  const status = statusOf(plan, { ...known, history, journal, journalProblem });
  const emergency = await emergencyStatus(plan, {
    history,
    phase: status.phase,
    nowMs: known.atMs,
  });
  return {
    ...status,
    ...(await gatesOfNext(host, status, history)),
    emergency,
    next: emergency.advice?.because === 'matrix' ? emergency.advice.command : status.next,
  };
}

/** What journal and settings tell while Redis does not answer. */
export async function statusWithoutRedis(plan: Plan): Promise<MigrationStatus> {
  const journal = await Journal.read(plan.stateDir);
  const history = historyOf(journal.records, { halt: null });
  const modules: ModuleStanding[] = [];
  for (const module of plan.modules) {
    const settings = await settingsSide(module.settings);
    const state = moduleState({
      module: module.name,
      settings: settings.side,
      readers: null,
      history: history.modules.get(module.name) ?? null,
      openRun: history.openPart ?? history.openRun,
      // Only Redis's clock can say how long it has soaked: by this one it has not yet begun to.
      nowMs: 0,
      soakMs: plan.soak.moduleMs,
    });
    modules.push({ module, settings, readers: null, state: untimed(state) });
  }
  const journalProblem = journalProblemOf(journal, { journal: null });
  return statusOf(plan, {
    ...{ atMs: null, lease: null, announced: null, redeliveries: null },
    ...{ modules, history, journal, journalProblem },
  });
}

interface Known {
  readonly atMs: number | null;
  readonly lease: LeaseState | null;
  readonly announced: SharedState['announced'];
  readonly modules: readonly ModuleStanding[];
  /** By module. */
  readonly redeliveries: ReadonlyMap<string, RedeliveryLook> | null;
  readonly history: MigrationHistory;
  readonly journal: JournalView;
  readonly journalProblem: OrionError | null;
}

function statusOf(plan: Plan, known: Known): MigrationStatus {
  const { atMs, lease, history, journal, journalProblem } = known;
  const { halt, openRun } = history;
  const modules = known.modules.map((module) => ({
    ...moduleStatus(module, openRun),
    redelivery: known.redeliveries?.get(module.module.name) ?? null,
  }));
  const phase = phaseOf(
    plan,
    { history, modules: new Map(known.modules.map((each) => [each.module.name, each])) },
    atMs,
  );
  const states = modules.map(({ module, state }) => ({ module, name: state }));
  return {
    phase,
    at: atMs === null ? null : new Date(atMs).toISOString(),
    halt,
    announced: known.announced,
    openRun: openRun === null ? null : { ...openRun, command: commandOf(openRun) },
    lease,
    journal: {
      path: journal.path,
      records: journal.records.length,
      torn: journal.torn !== null,
      problem:
        journalProblem === null
          ? null
          : { code: journalProblem.code, message: journalProblem.message },
    },
    modules,
    gates: null,
    gatesProblem: null,
    emergency: null,
    next:
      atMs === null
        ? 'orion-bus validate'
        : nextCommand({ phase, modules: states, openRun, halt, journalProblem }),
  };
}

function moduleStatus(
  { module, state, settings, readers }: ModuleStanding,
  openRun: MigrationHistory['openRun'],
): Omit<ModuleStatus, 'redelivery'> {
  return {
    module: module.name,
    state: state.name,
    letter: STATE_LETTERS[state.name],
    because: state.because,
    soakLeftMs: state.soakLeftMs,
    settings: { side: settings.side, places: settings.settings },
    readers,
    next: nextOfModule(module.name, state.name, openRun),
    back: state.name === 'source' ? null : backOfModule(module.name, openRun),
  };
}

/** Asks the gates of whatever comes next, as its verb would; changes nothing. */
async function gatesOfNext(
  host: Host,
  { modules, phase }: MigrationStatus,
  history: MigrationHistory,
): Promise<Pick<MigrationStatus, 'gates' | 'gatesProblem'>> {
  const module = modules.find(({ state }) => state === 'source')?.module ?? null;
  try {
    const results = await gateResults(host, { module, phase, history });
    if (results === null) return { gates: null, gatesProblem: null };
    const command = module === null ? PHASE_COMMANDS[phase] : commandOfMigrate(module);
    const gates = command === undefined ? null : { command, module, results };
    return { gates, gatesProblem: null };
  } catch (error) {
    if (!(error instanceof OrionError) || error.code.startsWith('redis.')) throw error;
    return { gates: null, gatesProblem: error.message };
  }
}

/** What ends a phase whose modules are all on the target. */
const PHASE_COMMANDS: Partial<Record<MigrationPhase, string>> = {
  P2: 'orion-bus phase3 cutover',
  'P2✓': 'orion-bus phase3 cutover',
  P3: 'orion-bus phase3 finalize',
  'P3✓': 'orion-bus phase3 finalize',
};

const commandOfMigrate = (module: string): string => `orion-bus migrate ${module}`;

interface NextGates {
  readonly module: string | null;
  readonly phase: MigrationPhase;
  readonly history: MigrationHistory;
}

async function gateResults(
  host: Host,
  { module, phase, history }: NextGates,
): Promise<readonly GateResult[] | null> {
  if (module !== null) {
    const options = { start: false, missingGroup: null, acceptDuplicates: 0, overrides: new Map() };
    const proposal = await proposeMigration(host, { module, options, takeOver: 'none' });
    return proposal.kind === 'move' ? proposal.plan.gates : null;
  }
  if (phase === 'P2' || phase === 'P2✓') return [await askPhase2({ ...host, history })];
  if (phase === 'P3' || phase === 'P3✓') return [await askBurnIn({ ...host, history })];
  return null;
}

function untimed(state: ModuleState): ModuleState {
  if (state.name !== 'soaking') return state;
  const because = 'on the target; its soak cannot be timed while Redis is down';
  return { ...state, because, soakLeftMs: null };
}
