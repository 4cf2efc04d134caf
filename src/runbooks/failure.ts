import {
  EXIT_CODE_OF_KIND,
  EXIT_CODES,
  type ExitCode,
  type Finding,
  type Json,
  type JsonObject,
  messageOf,
  OrionError,
  type ProblemKind,
} from '../problems/index.js';
import type { TrackStep } from './track.js';

/** These say what became of the run, not of the step; a step's `exit:` does not apply to them. */
const NOT_OF_THE_STEP: readonly ProblemKind[] = ['defect', 'lease', 'interrupted'];

/** What a step threw, as the error of the run: with the step's own `exit:`, and with a kind if it had none. */
export function failureOf(step: TrackStep, thrown: unknown): OrionError {
  const error = thrown instanceof OrionError ? thrown : wrapped(step, thrown);
  if (step.exit === null || NOT_OF_THE_STEP.includes(error.kind)) return error;
  return new OrionError({
    kind: error.kind,
    code: error.code,
    message: error.message,
    ...(error.hint === null ? {} : { hint: error.hint }),
    next: error.next,
    cause: error.cause ?? error,
    exitCode: step.exit,
  });
}

/**
 * An error of the language itself is a defect of ours; any other comes from outside: a server that
 * refused, a file that was not there.
 */
function wrapped({ id, title }: TrackStep, thrown: unknown): OrionError {
  const ours = [TypeError, RangeError, ReferenceError, SyntaxError].some(
    (type) => thrown instanceof type,
  );
  return new OrionError({
    kind: ours ? 'defect' : 'prerequisite',
    code: ours ? 'step.defect' : 'step.failed',
    message: `Step "${id}" (${title}) failed: ${messageOf(thrown)}`,
    cause: thrown,
  });
}

/** The error of a step whose second look found something wrong; null when it found nothing. */
export function unverified(step: TrackStep, findings: readonly Finding[]): OrionError | null {
  const failed = findings.filter(({ status }) => status === 'fail');
  if (failed.length === 0) return null;
  const hint = failed.find((finding) => finding.hint !== undefined)?.hint;
  return new OrionError({
    kind: KIND_OF_NATURE[step.kind.nature],
    code: 'step.not-verified',
    message: `Step "${step.id}" (${step.title}): ${failed.map(({ message }) => message).join('; ')}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

const KIND_OF_NATURE: Readonly<Record<TrackStep['kind']['nature'], ProblemKind>> = {
  gate: 'gate',
  check: 'prerequisite',
  fence: 'fence',
  effect: 'prerequisite',
};

export function timedOut({ id, title, timeoutMs }: TrackStep): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'step.timeout',
    message: `Step "${id}" (${title}) took longer than its timeout of ${timeoutMs} ms`,
  });
}

/** An error as it stands in the journal. */
export function errorData(error: OrionError): JsonObject {
  const { kind, code, message, hint, next, exitCode } = error;
  return { kind, code, message, hint, next, exitCode };
}

/** The error that `errorData` wrote; a run resumed by another process still fails with it. */
export function errorOf(data: Json | undefined): OrionError {
  const map: JsonObject = isMap(data) ? data : {};
  const { kind, code, message, hint, next, exitCode } = map;
  return new OrionError({
    kind: isKind(kind) ? kind : 'prerequisite',
    code: typeof code === 'string' ? code : 'step.failed',
    message: typeof message === 'string' ? message : 'A step failed',
    ...(typeof hint === 'string' ? { hint } : {}),
    next: Array.isArray(next) ? next.map(String) : [],
    ...(isExitCode(exitCode) ? { exitCode } : {}),
  });
}

const isKind = (value: Json | undefined): value is ProblemKind =>
  typeof value === 'string' && Object.hasOwn(EXIT_CODE_OF_KIND, value);

const isExitCode = (value: Json | undefined): value is ExitCode =>
  typeof value === 'number' && Object.hasOwn(EXIT_CODES, value);

const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
