import type { ExitCode, OrionError } from '../problems/index.js';
import {
  checkCode,
  checkStatus,
  nagiosText,
  printable,
  printableJson,
  prometheusText,
} from '../report/index.js';
import { type Look, renderPage } from '../ui/index.js';
import { type Answer, documentOf, errorDocumentOf, exitCodeOf, nextOf } from './answer.js';
import type { Format } from './command-index.js';
import { nextLines, problemPage } from './problem-page.js';
import type { Surroundings } from './surroundings.js';
import { writeWhole } from './write-whole.js';

/** How a command line wants its answer. */
export interface Form {
  readonly format: Format;
  /** False by `--no-color`; a terminal and its environment have a say too. */
  readonly colour: boolean;
}

/**
 * The only writer of results: one JSON document, text for people, or what monitoring reads. Of the
 * latter nagios has exit codes of its own, and prometheus has 0: the result is in its text.
 */
export class Output {
  readonly #surroundings: Surroundings;
  readonly #form: Form;

  constructor(surroundings: Surroundings, form: Form) {
    this.#surroundings = surroundings;
    this.#form = form;
  }

  /** @throws {OrionError} `output.unwritable`, of an answer that goes to a file */
  async answer(answer: Answer): Promise<ExitCode> {
    const { check, outfile, problem } = answer;
    const { format } = this.#form;
    const exitCode = exitCodeOf(answer);
    if (outfile !== undefined) await writeWhole(outfile.path, this.#textOf(answer), outfile.mode);
    else this.text(this.#textOf(answer));
    if (problem !== undefined && format === 'text') this.#problem(problem);
    if (check === undefined || format === 'text' || format === 'json') return exitCode;
    return format === 'nagios' ? checkCode(checkStatus(check, exitCode)) : 0;
  }

  problem(problem: OrionError): ExitCode {
    const { format } = this.#form;
    if (format === 'json') this.#json(errorDocumentOf(problem));
    else if (format === 'nagios') this.text(`UNKNOWN ${printable(problem.message)}\n`);
    else this.#problem(problem);
    return format === 'nagios' ? checkCode('unknown') : problem.exitCode;
  }

  /** Text that is laid out already; as a document it is the member of that name. */
  laidOut(name: string, text: string): ExitCode {
    if (this.#form.format === 'json') this.#json({ v: 1, [name]: text.trimEnd(), next: [] });
    else this.text(text);
    return 0;
  }

  text(text: string): void {
    this.#surroundings.stdout.write(text);
  }

  look(stream: 'stdout' | 'stderr'): Look {
    return lookOf(this.#surroundings, stream, this.#form.colour);
  }

  #textOf(answer: Answer): string {
    const { format } = this.#form;
    const { check, problem, outfile } = answer;
    if (format === 'json') {
      return answer.printed === true ? '' : `${printableJson(documentOf(answer))}\n`;
    }
    if (check !== undefined && format !== 'text') return TEXTS[format](check, exitCodeOf(answer));
    const next = problem === undefined ? nextLines(nextOf(answer)) : [];
    const look = outfile === undefined ? this.look('stdout') : IN_A_FILE;
    return renderPage([...answer.page, ...next], look);
  }

  #problem(problem: OrionError): void {
    this.#surroundings.stderr.write(renderPage(problemPage(problem), this.look('stderr')));
  }

  #json(document: object): void {
    this.#surroundings.stdout.write(`${printableJson(document)}\n`);
  }
}

const TEXTS = { nagios: nagiosText, prometheus: prometheusText } as const;

const WIDTH_WITHOUT_TERMINAL = 80;
const IN_A_FILE: Look = { width: WIDTH_WITHOUT_TERMINAL, colour: false };

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
