import type { ExitCode, JsonObject, Verdict } from '../problems/index.js';

/** All gates, in the order in which the first refusal gives the exit code. */
export const GATES = [
  'halt',
  'phase1',
  'order',
  'soak',
  'phase2',
  'burn-in',
  'checklist',
  'headroom',
  'groups',
  'tests',
  'validate',
] as const;

export type GateName = (typeof GATES)[number];

/** An emergency stop and groups that are not as they must be cannot be argued away. */
export const NEVER_OVERRIDDEN: readonly GateName[] = ['halt', 'groups'];

export interface GateResult {
  readonly gate: GateName;
  readonly verdict: Verdict;
  readonly message: string;
  readonly hint: string | null;
  /** The raw figures the verdict rests on. */
  readonly evidence: JsonObject;
  /** The exit code where this gate is the first to refuse. */
  readonly exitCode: ExitCode;
  /** The reason given on the command line, where the gate was passed by name. */
  readonly overridden: string | null;
}

export function isGateName(text: string): text is GateName {
  return GATES.some((gate) => gate === text);
}

export function gateResult(
  gate: GateName,
  verdict: Verdict,
  message: string,
  more: { hint?: string; evidence?: JsonObject; exitCode?: ExitCode } = {},
): GateResult {
  return {
    gate,
    verdict,
    message,
    hint: more.hint ?? null,
    evidence: more.evidence ?? {},
    exitCode: more.exitCode ?? CODE_OF_GATE[gate] ?? 1,
    overridden: null,
  };
}

const CODE_OF_GATE: Partial<Record<GateName, ExitCode>> = { groups: 3, tests: 4 };

/** Applies the overrides; one for a gate that passes anyway is only noted. */
export function withOverrides(
  results: readonly GateResult[],
  overrides: ReadonlyMap<string, string>,
): readonly GateResult[] {
  return results.map((result) => {
    const reason = overrides.get(result.gate);
    if (reason === undefined || NEVER_OVERRIDDEN.includes(result.gate)) return result;
    return { ...result, overridden: reason };
  });
}

/** The gates that do not let through, in the order of the list. */
export function refusals(results: readonly GateResult[]): readonly GateResult[] {
  return results
    .filter((result) => result.verdict !== 'pass' && result.overridden === null)
    .sort((a, b) => GATES.indexOf(a.gate) - GATES.indexOf(b.gate));
}
