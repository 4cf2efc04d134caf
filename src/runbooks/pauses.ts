import type { RunLedger } from './run-ledger.js';
import type { Track, TrackStep } from './track.js';

/*
 * A pause is the time in which a module is down: from the first of a series of steps that begin one to
 * the last of the series of steps that end it. A runbook may have none, one, or several in a row.
 *
 * before   not begun: nothing has been stopped
 * inside   begun and not over: the module is down, and the run must come to an end it can stay in
 * after    over: the module has been started again, and nothing before that start is run again
 */
export type Position = 'before' | 'inside' | 'after';

interface Pause {
  readonly begins: readonly string[];
  readonly ends: readonly string[];
  /** The index of its last step. */
  readonly last: number;
}

/** Where a run stands that is about to do the step at `index`. */
export function positionAt(track: Track, index: number, ledger: RunLedger): Position {
  const pauses = pausesOf(track);
  const pause = pauses.find(({ last }) => last >= index);
  if (pause === undefined) return pauses.length === 0 ? 'before' : 'after';
  if (isOver(pause, ledger)) return 'after';
  const begun = pause.begins.some((step) => ledger.entry(step).intent !== null);
  return begun ? 'inside' : 'before';
}

/**
 * Whether the step at `index` is still to be carried out. An effect is, until it is done; what a gate, a
 * check or a fence said expires until the pause is over (`until-stop`: until the module is stopped), so
 * it is asked again by a resume. Nothing is run again behind the start that ends its pause.
 */
export function isToDo(track: Track, index: number, ledger: RunLedger): boolean {
  const step = track.steps[index];
  if (step === undefined) return false;
  const pauses = pausesOf(track);
  const pause = pauses.find(({ last }) => last >= index);
  if (pause !== undefined && isOver(pause, ledger)) return false;
  if (!ledger.settled(step.key)) return true;
  if (step.kind.nature === 'effect') return false;
  if (pause === undefined) return pauses.length === 0 && !isPassedGate(step, ledger);
  const stopped = pause.begins.some((key) => ledger.settled(key));
  return !(stopped && step.kind.expires === 'until-stop');
}

/** A run without a pause is let through once: what it has changed since must not be held against it. */
function isPassedGate({ kind }: TrackStep, ledger: RunLedger): boolean {
  return kind.nature === 'gate' && ledger.changedSomething();
}

function pausesOf(track: Track): readonly Pause[] {
  const pauses: { begins: string[]; ends: string[]; last: number }[] = [];
  track.steps.forEach(({ key, kind }, index) => {
    const current = pauses.at(-1);
    if (kind.pause === 'begins') {
      if (current === undefined || current.ends.length > 0)
        pauses.push({ begins: [key], ends: [], last: index });
      else current.begins.push(key);
    } else if (kind.pause === 'ends' && current !== undefined) {
      current.ends.push(key);
      current.last = index;
    }
  });
  // A pause that nothing ends lasts to the end of the run.
  return pauses.map((pause) =>
    pause.ends.length > 0 ? pause : { ...pause, last: track.steps.length - 1 },
  );
}

function isOver({ ends }: Pause, ledger: RunLedger): boolean {
  return ends.length > 0 && ends.every((step) => ledger.settled(step));
}
