import { type Clock, OrionError } from '../problems/index.js';

/*
 * One attempt at one step, until it settles or must be left.
 *
 * Its signal aborts when the time-out passes or a first INT or TERM wants it ended; the attempt then
 * waits for the work to settle, so that nothing of it goes on beside what comes next. Only a lost lease
 * and a second INT or TERM leave it at once: the process ends, which a run must survive anyway.
 */
export type Attempt<T> =
  | { readonly end: 'returned'; readonly value: T }
  | { readonly end: 'threw'; readonly error: unknown }
  /** It ended because it was interrupted; whether it took effect is not known. */
  | { readonly end: 'interrupted' }
  /** The work may still be going on: nothing more may be done or written for it. */
  | { readonly end: 'left' };

export interface AttemptOptions {
  readonly clock: Clock;
  readonly timeoutMs: number | null;
  readonly timeout: () => OrionError;
  readonly lease: AbortSignal;
  readonly interruption: Interruption;
  /** Whether a first INT or TERM ends this step, or waits for it. */
  readonly isInterruptible: () => boolean;
}

/** INT and TERM, as they have come so far. */
export interface Interruption {
  /** `graceful` after the first, `now` after the second. */
  requested(): 'none' | 'graceful' | 'now';
  /** Calls the listener after each change; returns what stops it. */
  onChange(listener: () => void): () => void;
}

export async function attempt<T>(
  options: AttemptOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Attempt<T>> {
  const abort = new AbortController();
  const finished = new AbortController();
  let overdue: OrionError | null = null;
  let interrupted = false;
  const settled = work(abort.signal).then(
    (value): Attempt<T> => ({ end: 'returned', value }),
    (error: unknown): Attempt<T> =>
      interrupted && overdue === null ? { end: 'interrupted' } : { end: 'threw', error },
  );
  const left = leaving(options, finished.signal, (reason) => {
    interrupted ||= options.isInterruptible() && reason === 'graceful';
    if (reason !== 'graceful' || interrupted) abort.abort(interruptedStep());
  });
  if (options.timeoutMs !== null) {
    void options.clock.sleep(options.timeoutMs, finished.signal).then(() => {
      if (finished.signal.aborted) return;
      overdue = options.timeout();
      abort.abort(overdue);
    });
  }
  try {
    const first = await Promise.race([settled, left]);
    // Set by the timer above, which the compiler does not follow.
    const late = overdue as OrionError | null;
    return late === null || first.end === 'left' ? first : { end: 'threw', error: late };
  } finally {
    finished.abort();
  }
}

/** Resolves when the work must be left at once; tells every reason to end it on the way. */
function leaving(
  { lease, interruption }: AttemptOptions,
  finished: AbortSignal,
  tell: (reason: 'graceful' | 'now' | 'lease') => void,
): Promise<{ readonly end: 'left' }> {
  return new Promise((resolve) => {
    const look = (): void => {
      const requested = interruption.requested();
      const reason = lease.aborted ? 'lease' : requested;
      if (reason === 'none') return;
      tell(reason);
      if (reason !== 'graceful') resolve({ end: 'left' });
    };
    const unsubscribe = interruption.onChange(look);
    lease.addEventListener('abort', look, { once: true });
    finished.addEventListener('abort', () => {
      unsubscribe();
      lease.removeEventListener('abort', look);
    });
    look();
  });
}

const interruptedStep = (): OrionError =>
  new OrionError({ kind: 'interrupted', code: 'run.interrupted', message: 'Interrupted' });
