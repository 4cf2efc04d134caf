import {
  DECISION_MATRIX,
  type IssueVerdict,
  type MatrixAnswer,
  type MatrixPhase,
  type MatrixRow,
  type MigrationHistory,
  type MigrationPhase,
  matrixPhaseOf,
} from '../../checks/index.js';
import type { Plan } from '../../facts/index.js';
import { lookAtEmergency } from '../../steps/index.js';

/** The emergency criteria as the newest samples tell, and the decision matrix. */
export interface EmergencyStatus {
  /** ISO 8601 by Redis's clock; null where no sample is new enough to say anything. */
  readonly sampledAt: string | null;
  /** The column of the matrix that counts now; null where none does. */
  readonly column: MatrixPhase | null;
  readonly matrix: readonly MatrixRow[];
  readonly issues: readonly IssueVerdict[];
  /** The strongest answer of the matrix to what holds; null where nothing does. */
  readonly answer: MatrixAnswer | null;
  /** What is recommended; nothing of it is ever done by looking. */
  readonly advice: EmergencyAdvice | null;
}

export interface EmergencyAdvice {
  /** `doubt`: in an emergency something cannot be told, and when in doubt one goes back. */
  readonly because: 'matrix' | 'doubt';
  readonly issue: IssueVerdict['issue'];
  readonly command: string;
}

export async function emergencyStatus(
  plan: Plan,
  now: {
    readonly history: MigrationHistory;
    readonly phase: MigrationPhase;
    readonly nowMs: number;
  },
): Promise<EmergencyStatus> {
  const column = matrixPhaseOf(now.phase);
  const look = await lookAtEmergency(
    { plan, history: now.history },
    { phase: column, nowMs: now.nowMs },
  );
  return {
    sampledAt: look.sampledAtMs === null ? null : new Date(look.sampledAtMs).toISOString(),
    column,
    matrix: DECISION_MATRIX,
    issues: look.issues,
    answer: look.answer,
    advice: adviceOf(look, now.history.halt !== null),
  };
}

/** Guide: "When in doubt, rollback", where there is an emergency at all. */
function adviceOf(
  {
    answer,
    inDoubt,
  }: Pick<EmergencyStatus, 'answer'> & {
    readonly inDoubt: readonly IssueVerdict[];
  },
  halted: boolean,
): EmergencyAdvice | null {
  if (answer !== null && answer.command !== null) {
    return { because: 'matrix', issue: answer.issue, command: answer.command };
  }
  if (!halted && answer === null) return null;
  const doubtful = inDoubt.flatMap((verdict) => verdict.answer ?? []);
  const found = doubtful.find(({ command }) => command !== null);
  if (found === undefined || found.command === null) return null;
  return { because: 'doubt', issue: found.issue, command: found.command };
}
