import { open, stat } from 'node:fs/promises';
import { runCommand } from '../services/index.js';

/** A place in a log from which on lines are new: the file's inode and size, or a place of the journal. */
export type LogPosition =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly inode: number;
      readonly offset: number;
    }
  | {
      readonly kind: 'journal';
      readonly service: string;
      readonly sinceMs: number;
      /** As the journal names the last line that was read; from then on the time does not count. */
      readonly cursor?: string;
    }
  | { readonly kind: 'none'; readonly reason: string };

export interface LogErrors {
  /** Null where the log cannot be read. */
  readonly count: number | null;
  readonly reason: string | null;
}

/** How many lines fit each of the patterns. */
export interface LogCounts<Name extends string> {
  /** Null where the log cannot be read. */
  readonly counts: Readonly<Record<Name, number>> | null;
  readonly reason: string | null;
  /** From here on lines are new the next time. */
  readonly next: LogPosition;
}

type Patterns<Name extends string> = Readonly<Record<Name, RegExp>>;

const CHUNK = 64 * 1024;
const JOURNAL_TIMEOUT_MS = 10_000;
const JOURNAL_CURSOR = '-- cursor: ';

/** @param log a path, or `journal` for the service's own journal */
export async function logPosition(
  log: string | null,
  service: string,
  nowMs: number,
): Promise<LogPosition> {
  if (log === null) return { kind: 'none', reason: 'no log is configured' };
  if (log === 'journal') return { kind: 'journal', service, sinceMs: nowMs };
  try {
    const { ino, size } = await stat(log);
    return { kind: 'file', path: log, inode: ino, offset: size };
  } catch {
    // A log that does not exist yet begins at its beginning.
    return { kind: 'file', path: log, inode: 0, offset: 0 };
  }
}

/**
 * Counts the lines of errors written since the position, and one that is still being written; a
 * rotated file is read from its start.
 * @param error what a line of an error looks like: a regular expression
 */
export async function errorsSince(position: LogPosition, error: string): Promise<LogErrors> {
  const pattern = new RegExp(error);
  const { counts, reason, unfinished } = await linesSince(position, { error: pattern });
  if (counts === null) return { count: null, reason };
  return { count: counts.error + (pattern.test(unfinished) ? 1 : 0), reason };
}

/** Counts the lines that were ended since the position; `next` is where the next look begins. */
export async function countLines<Name extends string>(
  position: LogPosition,
  patterns: Patterns<Name>,
): Promise<LogCounts<Name>> {
  const { counts, reason, next } = await linesSince(position, patterns);
  return { counts, reason, next };
}

interface Lines<Name extends string> extends LogCounts<Name> {
  /** What stands behind the last end of a line. */
  readonly unfinished: string;
}

async function linesSince<Name extends string>(
  position: LogPosition,
  patterns: Patterns<Name>,
): Promise<Lines<Name>> {
  const unknown = { counts: null, next: position, unfinished: '' };
  if (position.kind === 'none') return { ...unknown, reason: position.reason };
  if (position.kind === 'journal') return linesOfJournal(position, patterns);
  try {
    return await linesOfFile(position, patterns);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = `${position.path} ${missing ? 'does not exist' : 'cannot be read'}`;
    return { ...unknown, reason };
  }
}

async function linesOfFile<Name extends string>(
  position: Extract<LogPosition, { kind: 'file' }>,
  patterns: Patterns<Name>,
): Promise<Lines<Name>> {
  const file = await open(position.path, 'r');
  try {
    const { ino, size } = await file.stat();
    const same = ino === position.inode && size >= position.offset;
    let at = same ? position.offset : 0;
    let ended = at;
    const tally = new Tally(patterns);
    let rest = Buffer.alloc(0);
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const piece = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = piece.lastIndexOf(0x0a) + 1;
      if (end > 0) {
        tally.add(piece.toString('utf8', 0, end - 1).split('\n'));
        ended = at - (piece.length - end);
      }
      // Of a line without an end the last piece is enough: nobody writes such a line on purpose.
      rest = Buffer.from(piece.subarray(Math.max(end, piece.length - CHUNK)));
    }
    const next = { ...position, inode: ino, offset: ended };
    return { counts: tally.counts, reason: null, next, unfinished: rest.toString('utf8') };
  } finally {
    await file.close();
  }
}

async function linesOfJournal<Name extends string>(
  position: Extract<LogPosition, { kind: 'journal' }>,
  patterns: Patterns<Name>,
): Promise<Lines<Name>> {
  const { service, sinceMs, cursor } = position;
  const from =
    cursor === undefined
      ? ['--since', `@${Math.floor(sinceMs / 1_000)}`]
      : ['--after-cursor', cursor];
  const result = await runCommand(
    ['journalctl', '--unit', service, ...from, '--output', 'cat', '--no-pager', '--show-cursor'],
    { timeoutMs: JOURNAL_TIMEOUT_MS },
  );
  if (result.exitCode !== 0) {
    const reason = 'the journal cannot be read';
    return { counts: null, reason, next: position, unfinished: '' };
  }
  const tally = new Tally(patterns);
  const lines = result.stdout.split('\n');
  tally.add(lines);
  const last = lines.findLast((line) => line.startsWith(JOURNAL_CURSOR));
  const read = last?.slice(JOURNAL_CURSOR.length);
  const next = read === undefined ? position : { ...position, cursor: read };
  return { counts: tally.counts, reason: null, next, unfinished: '' };
}

class Tally<Name extends string> {
  readonly #patterns: readonly (readonly [Name, RegExp])[];
  readonly #counts = new Map<Name, number>();

  constructor(patterns: Patterns<Name>) {
    // Object.entries only knows that names are texts.
    this.#patterns = Object.entries(patterns) as [Name, RegExp][];
    for (const [name] of this.#patterns) this.#counts.set(name, 0);
  }

  add(lines: readonly string[]): void {
    for (const [name, pattern] of this.#patterns) {
      const found = lines.filter((line) => pattern.test(line)).length;
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + found);
    }
  }

  get counts(): Readonly<Record<Name, number>> {
    return Object.fromEntries(this.#counts) as Record<Name, number>;
  }
}
