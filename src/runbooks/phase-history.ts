import type { PhaseHistory } from '../checks/index.js';
import type { JournalRecord } from '../journal/index.js';

/*
 * How far the runs about the whole migration have come, folded over the journal from its first record.
 *
 *   none  --start--> begun --done--> done          begun: also where it ended half-way
 *   begun --refused with nothing changed, or taken back--> as before
 *   any   --rollback of phase 1 or 3 done--> none; that of phase 2 takes phase 3 back, not phase 1
 */

/** The verbs of runs that are about the whole migration, and what each carries out. */
export const PHASE_VERBS = [
  'phase1-start',
  'phase3-cutover',
  'phase3-finalize',
  'rollback-phase1',
  'rollback-phase2',
  'rollback-phase3',
] as const;

export type PhaseVerb = (typeof PHASE_VERBS)[number];

export function isPhaseVerb(verb: unknown): verb is PhaseVerb {
  return PHASE_VERBS.some((each) => each === verb);
}

export function phaseHistoryOf(
  records: readonly JournalRecord[],
): PhaseHistory & { readonly phase1SinceMs: number | null } {
  let now: Folded = NOTHING;
  const runs = new Map<string, PhaseRun>();
  for (const record of records) {
    const { type, run, data } = record;
    const verb = type === 'run.started' ? data['verb'] : undefined;
    // A rollback of one module has the same words in its parts, and is about no phase.
    if (isPhaseVerb(verb) && data['within'] === undefined) {
      runs.set(run, { verb, before: now, intended: false, sinceMs: null });
      now = begun(now, verb);
    }
    const known = runs.get(run);
    if (known === undefined) continue;
    if (type === 'step.intended') known.intended = true;
    if (type === 'step.done' && typeof data['sinceMs'] === 'number')
      known.sinceMs = data['sinceMs'];
    if (type === 'run.finished') now = ended(now, known, data);
  }
  return now;
}

type Folded = PhaseHistory & { readonly phase1SinceMs: number | null };

interface PhaseRun {
  readonly verb: PhaseVerb;
  readonly before: Folded;
  intended: boolean;
  sinceMs: number | null;
}

const NOTHING: Folded = {
  phase1: 'none',
  phase1SinceMs: null,
  cutover: 'none',
  burnInSinceMs: null,
  finalize: 'none',
  goingBack: null,
};

const ROLLBACK_OF: Partial<Record<PhaseVerb, 1 | 2 | 3>> = {
  'rollback-phase1': 1,
  'rollback-phase2': 2,
  'rollback-phase3': 3,
};

function begun(now: Folded, verb: PhaseVerb): Folded {
  switch (verb) {
    case 'phase1-start':
      return { ...now, phase1: 'begun' };
    case 'phase3-cutover':
      return { ...now, cutover: 'begun' };
    case 'phase3-finalize':
      return { ...now, finalize: 'begun' };
    default:
      return { ...now, goingBack: ROLLBACK_OF[verb] ?? null };
  }
}

function ended(now: Folded, run: PhaseRun, data: JournalRecord['data']): Folded {
  if (data['outcome'] !== 'done') {
    const takenBack = !run.intended || data['undo'] === 'done';
    return takenBack ? run.before : now;
  }
  switch (run.verb) {
    case 'phase1-start':
      return { ...now, phase1: 'done', phase1SinceMs: run.sinceMs };
    case 'phase3-cutover':
      return { ...now, cutover: 'done', burnInSinceMs: run.sinceMs };
    case 'phase3-finalize':
      return { ...now, finalize: 'done' };
    case 'rollback-phase2':
      return { ...NOTHING, phase1: now.phase1, phase1SinceMs: now.phase1SinceMs };
    default:
      return NOTHING;
  }
}
