import type { OrionError } from '../problems/index.js';
import { JsonWriter, type Page } from '../report/index.js';
import { renderPage } from '../ui/index.js';
import { type Answer, errorDocumentOf } from './answer.js';
import { type Form, lookOf } from './output.js';
import type { Surroundings } from './surroundings.js';

/**
 * A result that is printed while it is being found, because it may be too large to hold: pages for
 * people, or one JSON document piece by piece. It never writes faster than its reader reads.
 */
export class PagedOutput {
  /** Null where people read; otherwise what goes into the document, which has `v` already. */
  readonly json: JsonWriter | null;
  readonly #surroundings: Surroundings;
  readonly #form: Form;

  constructor(surroundings: Surroundings, form: Form) {
    this.#surroundings = surroundings;
    this.#form = form;
    this.json = form.format === 'json' ? new JsonWriter() : null;
    this.json?.member('v', 1);
  }

  /**
   * Prints a page for people, or what was put into the document since the last time.
   * @returns false where the reader has gone away, as `| head` does: nothing more is of use
   */
  async print(page: Page): Promise<boolean> {
    const look = lookOf(this.#surroundings, 'stdout', this.#form.colour);
    return this.#write(this.json === null ? renderPage(page, look) : this.json.take());
  }

  /** Ends the document, also half-way where there was a problem. */
  async end({ problem, next = [] }: Pick<Answer, 'problem' | 'next'>): Promise<Answer> {
    const { json } = this;
    if (json !== null) {
      json.close(1);
      for (const [key, value] of Object.entries(trailerOf(problem, next))) json.member(key, value);
      json.end();
      await this.#write(json.take());
    }
    return { document: {}, page: [], printed: true, next, ...(problem ? { problem } : {}) };
  }

  async #write(text: string): Promise<boolean> {
    const { stdout } = this.#surroundings;
    if (stdout.destroyed) return false;
    if (text === '' || stdout.write(text)) return true;
    await new Promise<void>((resolve) => {
      for (const event of ['drain', 'close', 'error']) stdout.once(event, () => resolve());
    });
    return !stdout.destroyed;
  }
}

function trailerOf(problem: OrionError | undefined, next: readonly string[]): object {
  if (problem === undefined) return { next };
  const { v: _, ...trailer } = { v: 1, ...errorDocumentOf(problem) };
  return { ...trailer, next };
}
