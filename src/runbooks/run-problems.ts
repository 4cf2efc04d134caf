import { messageOf, OrionError } from '../problems/index.js';
import type { Commands, Halt, RunOptions } from './run-options.js';
import type { TrackStep } from './track.js';

const STAYS = 'What has been done is in the journal.';

export function interruptedRun({ again, back }: Commands): OrionError {
  return new OrionError({
    kind: 'interrupted',
    code: 'run.interrupted',
    message: 'The run was interrupted',
    hint: `${STAYS} The same command goes on from there, or the rollback takes it back.`,
    next: [again, back],
  });
}

export function leaseLost(lease: AbortSignal, { again, back }: Commands): OrionError {
  if (lease.reason instanceof OrionError) return lease.reason;
  return new OrionError({
    kind: 'lease',
    code: 'lease.lost',
    message:
      'The lease was lost: another operator may be at work now, so that nothing more was done',
    hint: `${STAYS} Look at the status first.`,
    next: ['orion-bus status', again, back],
  });
}

/** Why nothing may go forward now, or null. Not being able to read it is as good a reason as the halt. */
export async function haltInForce({ halt }: Pick<RunOptions, 'halt'>): Promise<OrionError | null> {
  try {
    const found = (await halt?.()) ?? null;
    return found === null ? null : halted(found);
  } catch (error) {
    if (error instanceof OrionError) return error;
    return new OrionError({
      kind: 'prerequisite',
      code: 'run.halt-unknown',
      message: `It could not be read whether a halt is in force: ${messageOf(error)}`,
      cause: error,
    });
  }
}

function halted({ reason }: Halt): OrionError {
  return new OrionError({
    kind: 'gate',
    code: 'run.halted',
    message: `A halt is in force: ${reason}`,
    hint: 'Nothing goes forward until it is cleared; a rollback is allowed.',
    next: ['orion-bus status', 'orion-bus halt --clear --reason TEXT'],
  });
}

export function cannotTell({ id, title }: TrackStep, { again, back }: Commands): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'run.cannot-tell',
    message: `Step "${id}" (${title}) was begun by an earlier process, and it cannot be told whether it took effect`,
    hint: `Nothing was done now. Once what it needs can be looked at again, "${again}" goes on; "${back}" takes the run back.`,
    next: [again, back],
  });
}

/** The steps of an open run must be those it began with: a resume could not know what is done. */
export function runbookChanged(began: string, now: string | null, { back }: Commands): OrionError {
  const what =
    now === null
      ? 'there is no such runbook for this run now'
      : began === now
        ? `runbook "${now}" has other steps now`
        : `it is "${now}" now`;
  return new OrionError({
    kind: 'prerequisite',
    code: 'run.runbook-changed',
    message: `The open run began with runbook "${began}" and cannot be resumed: ${what}`,
    hint: 'Nothing was done. Put the runbook back as it was to resume, or roll back.',
    next: [back],
  });
}

export function notOpen(run: string): OrionError {
  return new OrionError({
    kind: 'defect',
    code: 'run.not-open',
    message: `Run ${run} is finished and cannot be carried out again`,
  });
}
