import type { Clock } from '../problems/index.js';
import { progressText } from '../report/index.js';

/** A terminal's line is written over so often; a log gets a line so often. */
const TERMINAL_MS = 200;
const LOG_MS = 5_000;

/** How far a long piece of work has come, on standard error; what is soon over says nothing. */
export class Progress {
  readonly #stderr: NodeJS.WriteStream;
  readonly #clock: Clock;
  readonly #title: string;
  readonly #total: number;
  readonly #sinceMs: number;
  #saidMs: number;
  #shown = false;

  constructor(stderr: NodeJS.WriteStream, clock: Clock, title: string, total: number) {
    this.#stderr = stderr;
    this.#clock = clock;
    this.#title = title;
    this.#total = total;
    this.#sinceMs = clock.now();
    this.#saidMs = this.#sinceMs;
  }

  update(done: number): void {
    const now = this.#clock.now();
    if (now - this.#saidMs < (this.#stderr.isTTY ? TERMINAL_MS : LOG_MS)) return;
    this.#saidMs = now;
    this.#shown = true;
    const text = `${this.#title}: ${progressText(done, this.#total, now - this.#sinceMs)}`;
    this.#stderr.write(this.#stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }

  /** Takes the line of a terminal away, for what comes after it. */
  end(): void {
    if (this.#shown && this.#stderr.isTTY) this.#stderr.write('\r\x1b[K');
  }
}
