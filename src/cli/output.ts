import type { ExitCode, OrionError } from '../problems/index.js';
import { printableJson } from '../report/index.js';
import { type Look, renderPage } from '../ui/index.js';
import { type Answer, documentOf, errorDocumentOf, exitCodeOf, nextOf } from './answer.js';
import { nextLines, problemPage } from './problem-page.js';
import type { Surroundings } from './surroundings.js';

/** How a command line wants its answer. */
export interface Form {
  readonly json: boolean;
  /** False by `--no-color`; a terminal and its environment have a say too. */
  readonly colour: boolean;
}

/** The only writer of results: one JSON document, or text for people. */
export class Output {
  readonly #surroundings: Surroundings;
  readonly #form: Form;

  constructor(surroundings: Surroundings, form: Form) {
    this.#surroundings = surroundings;
    this.#form = form;
  }

  answer(answer: Answer): ExitCode {
    if (this.#form.json) {
      if (answer.printed !== true) this.#json(documentOf(answer));
    } else {
      const next = answer.problem === undefined ? nextLines(nextOf(answer)) : [];
      this.text(renderPage([...answer.page, ...next], this.look('stdout')));
      if (answer.problem !== undefined) this.#problem(answer.problem);
    }
    return exitCodeOf(answer);
  }

  problem(problem: OrionError): ExitCode {
    if (this.#form.json) this.#json(errorDocumentOf(problem));
    else this.#problem(problem);
    return problem.exitCode;
  }

  /** Text that is laid out already; as a document it is the member of that name. */
  laidOut(name: string, text: string): ExitCode {
    if (this.#form.json) this.#json({ v: 1, [name]: text.trimEnd(), next: [] });
    else this.text(text);
    return 0;
  }

  text(text: string): void {
    this.#surroundings.stdout.write(text);
  }

  look(stream: 'stdout' | 'stderr'): Look {
    return lookOf(this.#surroundings, stream, this.#form.colour);
  }

  #problem(problem: OrionError): void {
    this.#surroundings.stderr.write(renderPage(problemPage(problem), this.look('stderr')));
  }

  #json(document: object): void {
    this.#surroundings.stdout.write(`${printableJson(document)}\n`);
  }
}

const WIDTH_WITHOUT_TERMINAL = 80;

/** Colours only on a terminal that has them, and not against NO_COLOR (no-color.org). */
export function lookOf(
  { env, stdout, stderr }: Surroundings,
  name: 'stdout' | 'stderr',
  wanted: boolean,
): Look {
  const stream = name === 'stdout' ? stdout : stderr;
  const unwanted = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    width: stream.isTTY ? Math.max(stream.columns, 40) : WIDTH_WITHOUT_TERMINAL,
    colour: wanted && stream.isTTY && !unwanted,
  };
}

/**
 * Keeps a reader that went away, as `| head` does, from being an error; whatever else a stream
 * reports, such as a full disk, is told by `onFailure`.
 */
export function watchStreams(
  streams: readonly NodeJS.WriteStream[],
  onFailure: (error: Error) => void,
): void {
  for (const stream of streams) {
    // oclif's own listener throws everything but EPIPE: a closed terminal would end a migration.
    stream.removeAllListeners('error');
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code ?? '')) onFailure(error);
    });
  }
}

const GONE = new Set(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** Resolves when everything written so far has left the process, or cannot. */
export async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  // A failed write to a file is told in a later turn of the loop than the write itself.
  await new Promise((resolve) => setImmediate(resolve));
  if (stream.destroyed || stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.once('error', () => resolve());
    stream.once('close', () => resolve());
    stream.write('', () => resolve());
  });
}
