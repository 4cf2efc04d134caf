import type { MigrationPhase } from './migration-phase.js';

/*
 * The rollback decision matrix of the migration guide as data: which answer an issue has in which
 * phase. Two rows more than the guide's table has stand on its "Emergency Stop Criteria": data loss,
 * to which the answer is an immediate rollback wherever something can be rolled back.
 */

export type MatrixPhase = 1 | 2 | 3;

/**
 * monitor        watch on, and nothing goes forward
 * stop           what was begun is stopped: the target bus, or the migration
 * revert-module  one module goes back to the source
 * full-rollback  everything goes back to the source
 * n/a            the issue says nothing about the migration in this phase
 */
export type MatrixAction = 'monitor' | 'stop' | 'revert-module' | 'full-rollback' | 'n/a';

export const ISSUES = [
  'bus-crash',
  'memory',
  'contract-errors',
  'lag',
  'processing-errors',
  'data-loss',
] as const;

export type Issue = (typeof ISSUES)[number];

export interface MatrixRow {
  readonly issue: Issue;
  /** As a person calls it. */
  readonly title: string;
  readonly actions: Readonly<Record<MatrixPhase, MatrixAction>>;
  /** In phase 1, what `stop` stops. */
  readonly stops: 'target-bus' | 'migration';
  /** What to look into meanwhile. */
  readonly investigate: string;
}

export const DECISION_MATRIX: readonly MatrixRow[] = [
  {
    issue: 'bus-crash',
    title: 'target bus crashes',
    actions: { 1: 'stop', 2: 'revert-module', 3: 'full-rollback' },
    stops: 'target-bus',
    investigate: 'its log',
  },
  {
    issue: 'memory',
    title: 'memory above the alert',
    actions: { 1: 'monitor', 2: 'revert-module', 3: 'full-rollback' },
    stops: 'migration',
    investigate: 'where its memory goes',
  },
  {
    issue: 'contract-errors',
    title: 'contract errors above the alert',
    actions: { 1: 'stop', 2: 'revert-module', 3: 'full-rollback' },
    stops: 'migration',
    investigate: 'the differing schemas',
  },
  {
    issue: 'lag',
    title: 'backlog above the alert, sustained',
    actions: { 1: 'n/a', 2: 'revert-module', 3: 'full-rollback' },
    stops: 'migration',
    investigate: 'why its consumer is slow',
  },
  {
    issue: 'processing-errors',
    title: 'processing errors above the baseline',
    actions: { 1: 'n/a', 2: 'revert-module', 3: 'full-rollback' },
    stops: 'migration',
    investigate: 'how its behaviour differs',
  },
  {
    issue: 'data-loss',
    title: 'any message lost',
    actions: { 1: 'stop', 2: 'full-rollback', 3: 'full-rollback' },
    stops: 'target-bus',
    investigate: 'which entries, and why',
  },
];

/** The column of the matrix for a phase; null where nothing is under way, or is being taken back. */
export function matrixPhaseOf(phase: MigrationPhase): MatrixPhase | null {
  if (phase === 'P0' || phase === 'P1r' || phase.startsWith('R')) return null;
  if (phase.startsWith('P1')) return 1;
  return phase.startsWith('P2') ? 2 : 3;
}

/** What the matrix says about one issue in one phase, and how it is carried out. */
export interface MatrixAnswer {
  readonly issue: Issue;
  readonly phase: MatrixPhase;
  readonly action: MatrixAction;
  /** The module to put back; null where none is meant. */
  readonly module: string | null;
  /** The rollback that carries it out; null where nothing is to be taken back. */
  readonly rollback: { readonly phase: MatrixPhase; readonly module: string | null } | null;
  /** The same as a command. */
  readonly command: string | null;
}

/**
 * @param module the module the issue is about; null for an issue of the whole bus
 * @param onTarget modules on the target, the one that moved last first
 */
export function matrixAnswer(
  issue: Issue,
  phase: MatrixPhase,
  { module, onTarget }: { readonly module: string | null; readonly onTarget: readonly string[] },
): MatrixAnswer {
  const row = DECISION_MATRIX.find((each) => each.issue === issue);
  const action = row?.actions[phase] ?? 'n/a';
  // For a fault of the whole bus the module in soak is meant, and of several the one moved last.
  const reverted = action === 'revert-module' ? (module ?? onTarget[0] ?? null) : null;
  const rollback = rollbackOf(action, phase, reverted, row?.stops ?? 'migration');
  return { issue, phase, action, module: reverted, rollback, command: commandOf(rollback) };
}

/** The stronger of two answers; of equal ones the first. */
export function strongerAnswer(a: MatrixAnswer, b: MatrixAnswer): MatrixAnswer {
  return strengthOf(b) > strengthOf(a) ? b : a;
}

function rollbackOf(
  action: MatrixAction,
  phase: MatrixPhase,
  reverted: string | null,
  stops: MatrixRow['stops'],
): MatrixAnswer['rollback'] {
  switch (action) {
    case 'monitor':
    case 'n/a':
      return null;
    case 'stop':
      return stops === 'target-bus' ? { phase, module: null } : null;
    case 'revert-module':
      return reverted === null ? null : { phase: 2, module: reverted };
    case 'full-rollback':
      return { phase, module: null };
  }
}

function commandOf(rollback: MatrixAnswer['rollback']): string | null {
  if (rollback === null) return null;
  const module = rollback.module === null ? '' : ` --module ${rollback.module}`;
  return `orion-bus rollback --phase ${rollback.phase}${module}`;
}

const STRENGTH: readonly MatrixAction[] = [
  'n/a',
  'monitor',
  'stop',
  'revert-module',
  'full-rollback',
];

function strengthOf({ action, rollback }: MatrixAnswer): number {
  return 2 * STRENGTH.indexOf(action) + (rollback === null ? 0 : 1);
}
