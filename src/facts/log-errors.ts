import { open, stat } from 'node:fs/promises';
import { runCommand } from '../services/index.js';

/** A place in a log from which on lines are new: the file's inode and size, or a time of the journal. */
export type LogPosition =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly inode: number;
      readonly offset: number;
    }
  | { readonly kind: 'journal'; readonly service: string; readonly sinceMs: number }
  | { readonly kind: 'none'; readonly reason: string };

export interface LogErrors {
  /** Null where the log cannot be read. */
  readonly count: number | null;
  readonly reason: string | null;
}

/** What a line of an error looks like in the logs of the modules. */
const ERROR_LINE = /\b(?:ERROR|CRITICAL|FATAL|Traceback|Unhandled)\b/;
const CHUNK = 64 * 1024;
const JOURNAL_TIMEOUT_MS = 10_000;

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

/** Counts the lines of errors written since the position; a rotated file is read from its start. */
export async function errorsSince(position: LogPosition): Promise<LogErrors> {
  if (position.kind === 'none') return { count: null, reason: position.reason };
  if (position.kind === 'journal') return errorsInJournal(position);
  try {
    return { count: await errorsInFile(position), reason: null };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return {
      count: null,
      reason: missing ? `${position.path} does not exist` : `${position.path} cannot be read`,
    };
  }
}

async function errorsInFile(position: Extract<LogPosition, { kind: 'file' }>): Promise<number> {
  const file = await open(position.path, 'r');
  try {
    const { ino, size } = await file.stat();
    const same = ino === position.inode && size >= position.offset;
    let at = same ? position.offset : 0;
    let count = 0;
    let rest = '';
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      rest = (lines.pop() ?? '').slice(-CHUNK);
      count += lines.filter((line) => ERROR_LINE.test(line)).length;
    }
    return count + (ERROR_LINE.test(rest) ? 1 : 0);
  } finally {
    await file.close();
  }
}

async function errorsInJournal(
  position: Extract<LogPosition, { kind: 'journal' }>,
): Promise<LogErrors> {
  const since = `@${Math.floor(position.sinceMs / 1_000)}`;
  const result = await runCommand(
    ['journalctl', '--unit', position.service, '--since', since, '--output', 'cat', '--no-pager'],
    { timeoutMs: JOURNAL_TIMEOUT_MS },
  );
  if (result.exitCode !== 0) return { count: null, reason: 'the journal cannot be read' };
  return {
    count: result.stdout.split('\n').filter((line) => ERROR_LINE.test(line)).length,
    reason: null,
  };
}
