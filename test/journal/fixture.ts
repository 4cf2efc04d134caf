import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { Journal, type NewRecord } from '../../src/journal/index.js';
import { OrionError, systemClock } from '../../src/problems/index.js';
import { builtPackage } from '../support/built.js';

const OPERATOR = fileURLToPath(new URL('operator.mjs', import.meta.url));

/** A directory for the running test alone. */
export async function newStateDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'orion-journal-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'state');
}

export function journalFile(stateDir: string): string {
  return join(stateDir, 'journal.ndjson');
}

export function entry(n: number, more: Partial<NewRecord> = {}): NewRecord {
  return { type: 'ack', run: 'r1', data: { n }, redisAt: 1_700_000_000_000 + n, ...more };
}

/** A closed journal with that many records. */
export async function written(stateDir: string, records: number): Promise<readonly string[]> {
  const journal = await Journal.open(stateDir, { clock: systemClock });
  for (let n = 1; n <= records; n += 1) await journal.append(entry(n));
  await journal.close();
  return linesOf(await readFile(journalFile(stateDir), 'utf8'));
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}

/** The hash of a line as the format says it, computed apart from the code under test. */
export function hashOf(line: string): string {
  const { hash: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
  return createHash('sha256')
    .update(`${rest['prev']}${canonical(rest)}`)
    .digest('hex');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The error that it must end in. */
export async function failure(promise: Promise<unknown>): Promise<OrionError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OrionError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

export interface Operator {
  readonly pid: number;
  /** The next event it says; null at its end. */
  next(): Promise<Readonly<Record<string, unknown>> | null>;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves once the process is gone. */
  readonly ended: Promise<unknown>;
}

/** Starts another process of this tool; `before` may be a program that starts it, with its options. */
export async function startOperator(
  url: string,
  task: 'append' | 'hold' | 'contend',
  options: object,
  before: readonly string[] = [],
): Promise<Operator> {
  const built = await builtPackage();
  const [file = '', ...args] = [...before, process.execPath, OPERATOR];
  const child = execa(file, [...args, built, url, task, JSON.stringify(options)], {
    reject: false,
    buffer: { stdout: false },
  });
  onTestFinished(() => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  });
  const lines = child.iterable()[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    ended: child,
    signal: (name) => void child.kill(name),
    async next() {
      const { value, done } = await lines.next();
      return done === true ? null : (JSON.parse(String(value)) as Record<string, unknown>);
    },
  };
}
