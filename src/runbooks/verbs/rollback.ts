import type { OpenRun } from '../../checks/index.js';
import { type ModulePlan, otherSide, type SideName } from '../../facts/index.js';
import type { JournalRecord } from '../../journal/index.js';
import { OrionError } from '../../problems/index.js';
import type { MoveOptions, PublishingEdit } from '../../steps/index.js';
import { unfinishedMemory } from './earlier-runs.js';
import type { Host } from './host.js';
import { knownModule, openRunInTheWay } from './legality.js';
import { boundSteps, type Move, type MovePlan, planMove, resumedOptions } from './move.js';
import { readStanding, type Standing } from './standing.js';

/*
 * Going back: allowed in every state. Several modules are taken in the reverse of the migration order;
 * one that fails does not keep the others.
 */

export interface RollbackRequest {
  readonly options: MoveOptions;
  /** `--side`: which side is the active one, where neither readers nor settings can tell. */
  readonly side: SideName | null;
}

export type RollbackProposal =
  | {
      readonly kind: 'nothing';
      readonly module: string;
      readonly because: string;
      readonly next: string;
    }
  | { readonly kind: 'move'; readonly move: Move; readonly plan: MovePlan };

/**
 * Looks at everything and plans the way back of one module; changes nothing.
 * @throws {OrionError} where another run is open, or nobody can tell which side is active
 */
export async function proposeRollback(
  host: Host,
  request: RollbackRequest & {
    readonly module: string;
    /** The modules that are put back together: an open run of one of them is in nobody's way. */
    readonly among: readonly string[];
    /** The run this is a part of, with what it edits in the same pause. */
    readonly part?: PartOf;
  },
): Promise<RollbackProposal> {
  const module = knownModule(host.plan, request.module);
  const standing = await readStanding(host, request.part === undefined ? 'whole' : 'part');
  const open = standing.history.openRun;
  const role = open === null ? 'none' : roleOf(host, standing, open, module.name, request.among);
  if (open !== null && role === 'in-the-way') throw openRunInTheWay(open);
  const active = await activeSide(host, standing, module, request.side);
  const found = standing.modules.get(module.name);
  const unfinished = role !== 'none' || found?.state.name === 'stranded';
  if (active === 'source' && !unfinished && found?.settings.side === 'source') {
    // The journal remembers otherwise, and no rollback would change that.
    const next = found.state.name === 'drift' ? ADOPT : 'orion-bus status';
    return { kind: 'nothing', module: module.name, because: found.state.because, next };
  }
  const move = await rollbackMove(host, standing, module, { request, role, active });
  return { kind: 'move', move, plan: await planMove(host, move, standing, []) };
}

export interface PartOf {
  readonly within: string;
  readonly publishes: PublishingEdit | null;
  readonly commands: Move['commands'];
}

const RUNBOOK = 'rollback-phase2';

type OpenRunRole = 'none' | 'resume' | 'supersede' | 'in-the-way';

const ADOPT = 'orion-bus journal adopt --reason TEXT';

function roleOf(
  { runbooks }: Host,
  { journal }: Standing,
  open: OpenRun,
  module: string,
  among: readonly string[],
): OpenRunRole {
  if (open.module !== module) return among.includes(open.module ?? '') ? 'none' : 'in-the-way';
  if (open.verb !== 'rollback') return 'supersede';
  // By other steps than it began with it cannot be resumed, and there must be a way back all the same.
  const now = runbooks.get(RUNBOOK)?.fingerprint;
  return startedOf(journal.records, open)?.data['fingerprint'] === now ? 'resume' : 'supersede';
}

/** What an open run said of itself when it began. */
export function startedOf(
  records: readonly JournalRecord[],
  { run }: OpenRun,
): JournalRecord | null {
  return records.find((record) => record.run === run && record.type === 'run.started') ?? null;
}

/** Where the settings point and, if the module runs, where a reader is seen; never a guess. */
async function activeSide(
  { services }: Host,
  standing: Standing,
  module: ModulePlan,
  said: SideName | null,
): Promise<SideName> {
  const found = standing.modules.get(module.name);
  const [reader, ...others] = found?.readers ?? [];
  const { active } = await services.state(module.service);
  // Whoever reads while the module is down is somebody else.
  const isDown = active === 'inactive' || active === 'failed';
  if (reader !== undefined && others.length === 0 && !isDown) return reader;
  const side = found?.settings.side;
  if (side === 'source' || side === 'target') return side;
  if (said !== null) return said;
  const why = found?.settings.settings.find((setting) => setting.side === null)?.found;
  throw new OrionError({
    kind: 'prerequisite',
    code: 'side.unknown',
    message: `Neither the settings nor a reader tell on which side ${module.name} is${why === undefined ? '' : ` (${why})`}.`,
    hint: 'Nothing was changed. Find out with which group it reads, and say it.',
    next: [`orion-bus rollback --phase 2 --module ${module.name} --side target`],
  });
}

async function rollbackMove(
  host: Host,
  standing: Standing,
  module: ModulePlan,
  {
    request,
    role,
    active,
  }: {
    readonly request: RollbackRequest & { readonly part?: PartOf };
    readonly role: OpenRunRole;
    readonly active: SideName;
  },
): Promise<Move> {
  const { records } = standing.journal;
  const { openRun } = standing.history;
  const open = role === 'none' || openRun === null ? null : startedOf(records, openRun);
  const resumes = role === 'resume' ? (open?.run ?? null) : null;
  const bound = await boundSteps(host, module, 'target', RUNBOOK);
  return {
    verb: 'rollback',
    module,
    giving: 'target',
    receiving: otherSide('target'),
    publishes: request.part?.publishes ?? null,
    within: request.part?.within ?? null,
    options: resumes === null ? request.options : resumedOptions(open, request.options),
    handedOver: resumes === null ? forcedSide(standing, module, active) : forcedBefore(open),
    // A way back that fails before its turn leaves the module where it was: what it had in hand at the
    // stop is settled there, and it is started again.
    handedOverInUndo: true,
    ...bound,
    undo: {
      runbook: bound.runbook,
      steps: bound.steps.filter(({ kind }) => kind === 'turn' || kind === 'start'),
    },
    resumes,
    supersedes: role === 'supersede' ? (open?.run ?? null) : null,
    plannedAt: records.length,
    undoing: unfinishedMemory(records, module.name, resumes),
    commands: request.part?.commands ?? {
      again: `orion-bus rollback --phase 2 --module ${module.name}`,
      back: `orion-bus rollback --phase 2 --module ${module.name}`,
    },
  };
}

/** Where readers and settings disagree, or the operator said it, the settings must not decide. */
function forcedSide(standing: Standing, module: ModulePlan, active: SideName): boolean | null {
  const settings = standing.modules.get(module.name)?.settings.side;
  return settings === active ? null : active === 'source';
}

function forcedBefore(open: JournalRecord | null): boolean | null {
  const before = open?.data['handedOver'];
  return typeof before === 'boolean' ? before : null;
}
