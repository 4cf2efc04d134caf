import { type GateResult, gateResult, refusals } from '../../checks/index.js';
import type { TakeOver } from '../../journal/index.js';
import { openRun } from '../../journal/index.js';
import type { OrionError } from '../../problems/index.js';
import { evaluateGates, gateRefused, type MoveOptions } from '../../steps/index.js';
import { unfinishedMemory } from './earlier-runs.js';
import type { Host } from './host.js';
import { knownModule, mayMigrate } from './legality.js';
import {
  boundSteps,
  lookingContext,
  type Move,
  type MovePlan,
  planMove,
  resumedOptions,
} from './move.js';
import { readStanding, type Standing } from './standing.js';

export interface MigrateRequest {
  readonly module: string;
  readonly options: MoveOptions;
  readonly takeOver: TakeOver;
}

/** What a migration would do, or that there is nothing to do. */
export type MigrationProposal =
  | { readonly kind: 'already'; readonly module: string; readonly soakLeftMs: number | null }
  | {
      readonly kind: 'move';
      readonly move: Move;
      readonly plan: MovePlan;
      /** The refusal of the gates, which `--dry-run` only shows. */
      readonly refusal: OrionError | null;
    };

/**
 * Looks at everything and plans the migration of one module; changes nothing.
 * @throws {OrionError} kind `usage` for an unknown module; where the migration is not legal now
 */
export async function proposeMigration(
  host: Host,
  request: MigrateRequest,
): Promise<MigrationProposal> {
  const module = knownModule(host.plan, request.module);
  const standing = await readStanding(host);
  if (standing.journalProblem !== null) throw standing.journalProblem;
  const answer = mayMigrate(module.name, standing.modules, standing.history.openRun);
  if (answer === 'already') {
    const soakLeftMs = standing.modules.get(module.name)?.state.soakLeftMs ?? null;
    return { kind: 'already', module: module.name, soakLeftMs };
  }
  const open = answer === 'resume' ? openRun(standing.journal.records) : null;
  const move: Move = {
    verb: 'migrate',
    module,
    giving: 'source',
    receiving: 'target',
    options: resumedOptions(open, request.options),
    handedOver: null,
    publishes: null,
    within: null,
    handedOverInUndo: null,
    ...(await boundSteps(host, module, 'source', 'phase2-migrate')),
    undo: await boundSteps(host, module, 'target', 'rollback-phase2'),
    resumes: open?.run ?? null,
    supersedes: null,
    plannedAt: standing.journal.records.length,
    undoing: unfinishedMemory(standing.journal.records, module.name, open?.run ?? null),
    commands: {
      again: `orion-bus migrate ${module.name}`,
      back: `orion-bus rollback --phase 2 --module ${module.name}`,
    },
  };
  // What an open run has still to ask it asks itself; here its gates would see it in its own pause.
  const gates = open === null ? await gatesOf(host, move, standing) : [];
  const plan = await planMove(host, move, standing, gates);
  const refused = refusals(gates.filter(({ gate }) => gate !== 'tests'));
  const [first] = refused;
  const refusal =
    first === undefined ? null : gateRefused(refused, first, `${module.name} may not be moved`);
  return { kind: 'move', move, plan, refusal };
}

async function gatesOf(host: Host, move: Move, standing: Standing): Promise<readonly GateResult[]> {
  const nothing = { intent: () => null, result: () => null };
  const context = lookingContext(
    host,
    move,
    standing,
  )({
    run: 'plan',
    direction: 'forward',
    step: 'gates',
    signal: new AbortController().signal,
    earlier: nothing,
    undoing: null,
  });
  const gates = await evaluateGates(context);
  const tests =
    move.module.tests === null
      ? gateResult('tests', 'pass', 'no tests are configured')
      : gateResult('tests', 'inconclusive', 'not run yet: they run after the confirmation');
  const at = gates.findIndex(({ gate }) => gate === 'validate');
  return at === -1 ? [...gates, tests] : [...gates.slice(0, at), tests, ...gates.slice(at)];
}
