import { line } from '../report/index.js';
import { clearedHalt, type Host, halt } from '../runbooks/index.js';
import type { Answer } from './answer.js';

type Halting = Pick<Host, 'plan' | 'redis' | 'clock'>;

/** Raises an emergency stop. */
export async function haltAnswer(host: Halting, reason: string): Promise<Answer> {
  const { halt: inForce, raised } = await halt(host, reason);
  const text = raised
    ? `Halted: ${inForce.reason}. Nothing goes forward until it is cleared; going back is allowed.`
    : `A halt was in force already, and stays: ${inForce.reason} (by ${inForce.by}).`;
  return {
    document: { ok: true, exitCode: 0, raised, halt: inForce },
    page: [line(text, { tone: 'warn' })],
    next: ['orion-bus status', 'orion-bus halt --clear --reason TEXT'],
  };
}

/** Ends the emergency stop. */
export async function clearHaltAnswer(host: Halting, reason: string): Promise<Answer> {
  const cleared = await clearedHalt(host, reason);
  const said =
    cleared === null
      ? 'No halt was in force; nothing was changed.'
      : `The halt is cleared: ${cleared.halt.reason} (by ${cleared.halt.by}).`;
  const unrecorded =
    'A run is under way, so that the clearing could not be recorded in the journal.';
  return {
    document: {
      ok: true,
      exitCode: 0,
      cleared: cleared?.halt ?? null,
      journaled: cleared?.journaled ?? false,
    },
    page: [
      line(said),
      ...(cleared?.journaled === false ? [line(unrecorded, { tone: 'warn' as const })] : []),
    ],
    next: ['orion-bus status'],
  };
}
