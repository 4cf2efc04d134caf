import { OrionError } from '../problems/index.js';

/*
 * What an operator's Ctrl-C means, as a state that only goes forward:
 *
 * ## none
 * Nobody asked to stop.
 * ## graceful
 * The first SIGINT, SIGTERM or SIGHUP. A command that has taken the interruption ends by itself where
 * it is safe to; any other command is ended now, since it holds nothing that could be left half done.
 * ## now
 * The second signal: the process ends at once. What it leaves is what a kill would leave, and the
 * same command takes it up again.
 */
export type Interrupted = 'none' | 'graceful' | 'now';

/** What a run is given of it. */
export interface Interruption {
  requested(): Interrupted;
  /** Tells of each further state. @returns stops telling */
  onChange(listener: (requested: Interrupted) => void): () => void;
}

/** Where signals come from: `process`, or an emitter of a test's own. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

// A terminal that is closed sends SIGHUP; a migration must not be cut off by a lost connection.
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export class SignalInterruption implements Interruption {
  readonly #source: SignalSource;
  readonly #listeners = new Set<(requested: Interrupted) => void>();
  readonly #end: Promise<OrionError>;
  #endNow: (problem: OrionError) => void = () => undefined;
  #requested: Interrupted = 'none';
  #taken = false;

  constructor(source: SignalSource) {
    this.#source = source;
    this.#end = new Promise((resolve) => {
      this.#endNow = resolve;
    });
    for (const signal of SIGNALS) source.on(signal, this.#onSignal);
  }

  requested(): Interrupted {
    return this.#requested;
  }

  onChange(listener: (requested: Interrupted) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** From here on the caller ends gracefully by itself after the first signal. */
  take(): Interruption {
    this.#taken = true;
    return this;
  }

  /** The same as a signal that is aborted by the first request. */
  takeSignal(): AbortSignal {
    const controller = new AbortController();
    this.take().onChange(() => controller.abort());
    if (this.#requested !== 'none') controller.abort();
    return controller.signal;
  }

  /** For a daemon that has its own meaning for signals: from here on they are all its own. */
  handOver(): SignalSource {
    this.close();
    return this.#source;
  }

  /** Resolves when the process has to end without waiting for its command any longer. */
  whenOver(): Promise<OrionError> {
    return this.#end;
  }

  close(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#onSignal);
    this.#listeners.clear();
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const first = this.#requested === 'none';
    this.#requested = first && this.#taken ? 'graceful' : 'now';
    for (const listener of [...this.#listeners]) listener(this.#requested);
    if (this.#requested === 'now') this.#endNow(interrupted(signal));
  };
}

/** What an interrupted command says. */
export function interrupted(
  by: string,
  next: readonly string[] = ['orion-bus status'],
): OrionError {
  return new OrionError({
    kind: 'interrupted',
    code: 'interrupted',
    message: `Interrupted by ${by}.`,
    hint: 'Nothing is lost: the same command takes up what was begun.',
    next,
  });
}
