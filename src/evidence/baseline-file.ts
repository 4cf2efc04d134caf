import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { OrionError } from '../problems/index.js';
import type { Baseline } from './baseline.js';

/** Stores the baseline as `<stateDir>/baseline.json`, whole or not at all, mode 0600. */
export async function writeBaseline(stateDir: string, baseline: Baseline): Promise<string> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = pathOf(stateDir);
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(baseline, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return path;
}

/**
 * The stored baseline; null where none was ever captured.
 * @throws {OrionError} `baseline.damaged`
 */
export async function readBaseline(stateDir: string): Promise<Baseline | null> {
  const path = pathOf(stateDir);
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isBaseline(value)) return value;
    throw damaged(path);
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(path, error);
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function pathOf(stateDir: string): string {
  return join(stateDir, 'baseline.json');
}

/** The file is this tool's own and written whole: its version and its time say that it is one. */
function isBaseline(value: unknown): value is Baseline {
  return (
    typeof value === 'object' &&
    value !== null &&
    Reflect.get(value, 'v') === 1 &&
    typeof Reflect.get(value, 'capturedAt') === 'string'
  );
}

function damaged(path: string, cause?: unknown): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'baseline.damaged',
    message: `${path} is no baseline.`,
    hint: 'Nothing was changed. Capture it anew while the source bus still carries the traffic.',
    next: ['orion-bus baseline'],
    cause,
  });
}
