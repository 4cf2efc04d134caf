import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { WarmMark } from '../../handoff/index.js';
import type { SamplingMemory } from './sampling-context.js';

/** What outlives one round of watching, and one process: plain data in `<stateDir>/watch.json`. */
export interface WatchMemory {
  readonly v: 1;
  /** Causes for which a halt was raised, and that have held ever since: none is raised for them again. */
  readonly raised: readonly string[];
  /** By stream and group: where the last tick left it, or that somebody else has moved it since. */
  readonly warm: Readonly<Record<string, WarmMark | 'drift'>>;
  /** Of the last `--once`, so that the next one counts from there; null where a service watches. */
  readonly sampling: SamplingMemory | null;
}

const NOTHING_WATCHED: WatchMemory = { v: 1, raised: [], warm: {}, sampling: null };

/** One that is missing or cannot be read is none: what it spares is a repetition, never a mistake. */
export async function readWatchMemory(stateDir: string): Promise<WatchMemory> {
  try {
    const value: unknown = JSON.parse(await readFile(pathOf(stateDir), 'utf8'));
    return isWatchMemory(value) ? value : NOTHING_WATCHED;
  } catch {
    return NOTHING_WATCHED;
  }
}

/** The groups that are not kept warm any more, as `stream group`: somebody else has moved them. */
export function driftingGroups({ warm }: Pick<WatchMemory, 'warm'>): readonly string[] {
  return Object.entries(warm).flatMap(([group, mark]) => (mark === 'drift' ? [group] : []));
}

/** Written whole or not at all, mode 0600. */
export async function writeWatchMemory(stateDir: string, memory: WatchMemory): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = pathOf(stateDir);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(memory)}\n`);
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

function pathOf(stateDir: string): string {
  return join(stateDir, 'watch.json');
}

/** The file is this tool's own and written whole: its version says that it is one. */
function isWatchMemory(value: unknown): value is WatchMemory {
  return typeof value === 'object' && value !== null && Reflect.get(value, 'v') === 1;
}
