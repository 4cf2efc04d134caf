import { OrionError } from '../problems/index.js';
import type { StepKind } from '../steps/index.js';
import type { BoundStep } from './bind-runbook.js';
import { checkArgs } from './check-args.js';
import { type Direction, PREFIX } from './direction.js';
import type { StepKinds } from './step-kinds.js';

/** The steps of one direction of a run, with their kinds. */
export interface Track {
  readonly direction: Direction;
  readonly steps: readonly TrackStep[];
}

export interface TrackStep extends Omit<BoundStep, 'kind'> {
  /** The id in the journal: those of the undo have a prefix, so that the two cannot be taken for each other. */
  readonly key: string;
  readonly kind: StepKind;
}

/**
 * Finds the kind of every step and holds the arguments against its schema.
 * @throws {OrionError} `runbook.unbound` naming every step that cannot be carried out
 */
export function trackOf(
  direction: Direction,
  steps: readonly BoundStep[],
  kinds: StepKinds,
): Track {
  const problems: string[] = [];
  const seen = new Set<string>();
  const found = steps.flatMap((step): TrackStep[] => {
    const kind = kinds.get(step.kind);
    if (seen.has(step.id)) problems.push(`step "${step.id}" is there twice`);
    seen.add(step.id);
    if (kind === undefined) problems.push(`step "${step.id}" uses the unknown kind "${step.kind}"`);
    else
      problems.push(
        ...checkArgs(kind, step.args).map(({ message }) => `step "${step.id}": ${message}`),
      );
    return kind === undefined ? [] : [{ ...step, key: PREFIX[direction] + step.id, kind }];
  });
  if (problems.length > 0) throw unbound(problems);
  return { direction, steps: found };
}

function unbound(problems: readonly string[]): OrionError {
  return new OrionError({
    kind: 'config',
    code: 'runbook.unbound',
    message: `The runbook cannot be carried out: ${problems.join('; ')}`,
    hint: 'Nothing has been changed.',
    next: ['orion-bus runbooks check'],
  });
}
