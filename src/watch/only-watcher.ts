import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ownIdentity, type ProcessIdentity, presenceOf } from '../journal/index.js';
import { type Clock, OrionError } from '../problems/index.js';

export interface WatchPlace {
  /** Says that this process still watches, to those who cannot see it. */
  renew(): Promise<void>;
  leave(): Promise<void>;
}

/** One of another host or container that has not renewed its place for so long does not watch any more. */
const SILENT_FOR_MS = 5 * 60_000;

/**
 * Makes this process the one that watches for a state directory. A file that a killed one left behind
 * is no obstacle: it names its process.
 * @throws {OrionError} `watch.running` where another one is alive
 */
export async function becomeOnlyWatcher(stateDir: string, clock: Clock): Promise<WatchPlace> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, 'watch.lock');
  const here = ownIdentity();
  for (let attempt = 1; ; attempt += 1) {
    if (await written(path, here)) {
      return {
        renew: () => utimes(path, clock.now() / 1_000, clock.now() / 1_000),
        leave: () => rm(path, { force: true }),
      };
    }
    const other = await readIdentity(path);
    if (attempt > 2 || (await isAlive(path, other, here, clock))) throw running(path, other);
    await rm(path, { force: true });
  }
}

async function isAlive(
  path: string,
  other: ProcessIdentity | null,
  here: ProcessIdentity,
  clock: Clock,
): Promise<boolean> {
  const presence = other === null ? 'elsewhere' : presenceOf(other, here);
  if (other === null || presence !== 'elsewhere') return presence === 'alive';
  // This host has been started anew since: nobody from before is left.
  if (other.host === here.host && other.bootId !== here.bootId) return false;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
  return clock.now() - mtimeMs < SILENT_FOR_MS;
}

async function written(path: string, identity: ProcessIdentity): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(identity));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function readIdentity(path: string): Promise<ProcessIdentity | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    const isOne = typeof value === 'object' && value !== null && Reflect.has(value, 'pid');
    // Written by this function in this shape; what a hand may have put there has no pid.
    return isOne ? (value as ProcessIdentity) : null;
  } catch {
    return null;
  }
}

function running(path: string, other: ProcessIdentity | null): OrionError {
  const who = other === null ? '' : ` (process ${other.pid} on ${other.host})`;
  return new OrionError({
    kind: 'prerequisite',
    code: 'watch.running',
    message: `Somebody watches already${who}.`,
    hint: `Nothing was done. One watcher is enough; ${path} names it.`,
    next: ['orion-bus status'],
  });
}
