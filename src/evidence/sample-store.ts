import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { constants, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from './sample.js';
import { readSampleLine, sampleLine, type WrittenSample } from './sample-line.js';

/*
 * The samples of a host: `<stateDir>/samples/`, one file a UTC day by the samples' own time, mode 0600.
 * Lines are appended whole and never changed. They are not synced one by one, which would wear out the
 * card of a small machine: a power cut costs the last seconds, and those are a gap like any other.
 *
 * Whoever appends may be killed in the middle, and several may append to one file: `watch` all the
 * time, `validate` once a day. A line that was cut ends at the next line; what builds on a line that
 * is not the one before it is damaged, and reading goes on at the next full line.
 */

const FILE_NAME = /^\d{4}-\d{2}-\d{2}\.ndjson$/;
const DAY_MS = 86_400_000;
/** Small enough to be garbage before it is taken for something that lasts: 256 KB cost 45 MB more. */
const CHUNK_BYTES = 32 * 1024;
/** Twenty minutes at the default rate are lost at most where a line is damaged. */
const FULL_EVERY = 120;

/** Appends one sample, whole by itself; whoever takes many keeps a `SampleLog` instead. */
export async function appendSample(stateDir: string, sample: Sample): Promise<void> {
  await new SampleLog(stateDir).append(sample);
}

/** Appends samples one after the other, each as what changed since the one before. */
export class SampleLog {
  readonly #directory: string;
  #last: { readonly path: string; readonly bytes: number; readonly written: WrittenSample } | null =
    null;
  #sinceFull = 0;

  constructor(stateDir: string) {
    this.#directory = samplesDirectory(stateDir);
  }

  /** @throws {Error} the system's own, such as ENOSPC; the next sample is a full one then */
  async append(sample: Sample): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = join(this.#directory, fileOf(sample.atMs));
    const { O_APPEND, O_CREAT, O_RDWR } = constants;
    const file = openSync(path, O_APPEND | O_CREAT | O_RDWR, 0o600);
    try {
      const { size } = fstatSync(file);
      const last = this.#last;
      const goesOn = last !== null && last.path === path && last.bytes === size;
      const base = goesOn && this.#sinceFull < FULL_EVERY ? last.written : null;
      this.#last = null;
      const written = this.#write(file, sample, base);
      const bytes = fstatSync(file).size;
      // Somebody else's line came between the look and the write: nobody could read what builds on it.
      const torn = base !== null && bytes !== size + written.bytes;
      const kept = torn ? this.#write(file, sample, null) : written;
      this.#last = { path, bytes: fstatSync(file).size, written: kept.written };
    } finally {
      closeSync(file);
    }
  }

  #write(
    file: number,
    sample: Sample,
    base: WrittenSample | null,
  ): { readonly bytes: number; readonly written: WrittenSample } {
    const { line, written } = sampleLine(sample, base);
    const text = Buffer.from(`${endsInLine(file) ? '' : '\n'}${line}\n`);
    const bytes = writeSync(file, text);
    if (bytes < text.length) throw new Error('the sample could not be written whole');
    this.#sinceFull = base === null ? 1 : this.#sinceFull + 1;
    return { bytes, written };
  }
}

export interface SampleRange {
  /** Milliseconds since 1970, included. */
  readonly fromMs: number;
  /** Milliseconds since 1970, excluded. */
  readonly toMs: number;
}

/** Samples in the order in which they were written; never more than one piece of a file is held. */
export interface SampleStream extends AsyncIterable<Sample> {
  /** Lines that could not be read so far, the half of a line at the end of a file not counted. */
  readonly damaged: number;
}

/** The samples within a range; none where nothing was ever sampled. */
export function readSamples(stateDir: string, range: SampleRange): SampleStream {
  const directory = samplesDirectory(stateDir);
  const stream = {
    damaged: 0,
    async *[Symbol.asyncIterator](): AsyncGenerator<Sample> {
      stream.damaged = 0;
      for (const name of await filesOf(directory)) {
        const startMs = Date.parse(name.slice(0, 10));
        if (startMs >= range.toMs || startMs + DAY_MS <= range.fromMs) continue;
        let base: WrittenSample | null = null;
        for (const lines of linesOf(join(directory, name))) {
          for (const line of lines) {
            const read = readSampleLine(line, base);
            if (read === null) {
              if (line !== '') stream.damaged += 1;
              continue;
            }
            base = read;
            const { atMs } = read.sample;
            if (atMs >= range.fromMs && atMs < range.toMs) yield read.sample;
          }
        }
      }
    },
  };
  return stream;
}

/** Removes the files of days that ended before this time. */
export async function removeSamplesBefore(stateDir: string, beforeMs: number): Promise<void> {
  const directory = samplesDirectory(stateDir);
  for (const name of await filesOf(directory)) {
    const endMs = Date.parse(name.slice(0, 10)) + DAY_MS;
    if (endMs <= beforeMs) await rm(join(directory, name), { force: true });
  }
}

function samplesDirectory(stateDir: string): string {
  return join(stateDir, 'samples');
}

function fileOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 10)}.ndjson`;
}

/** The files' names in the order of their days. */
async function filesOf(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => FILE_NAME.test(name)).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * The whole lines of a file, piece by piece; what follows the last end of a line is left out. A piece is
 * read in less time than it takes to hand the reading to another thread and wait for it.
 */
function* linesOf(path: string): Generator<readonly string[]> {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const bytesRead = readSync(file, buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      const text = decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
  } finally {
    closeSync(file);
  }
}

function endsInLine(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last.toString() === '\n';
}
