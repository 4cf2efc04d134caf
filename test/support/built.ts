import { createHash, randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'orion-bus', 'built');
const COPIED = ['bin', 'contracts', 'runbooks', 'package.json'];
const STALE_MS = 24 * 60 * 60 * 1_000;

let building: Promise<string> | null = null;

/**
 * A built copy of the package as it is now: bin, dist and its manifest, contracts, runbooks,
 * package.json and a link to node_modules. Built once for each state of the sources, whoever asks first; `dist/` of the
 * working tree is left alone. Type errors do not stop the build: another check is for them.
 * @returns the directory, for `node <directory>/bin/run.js …`
 */
export function builtPackage(): Promise<string> {
  building ??= build();
  return building;
}

/** As vitest's `globalSetup`: builds before the workers start, so that they do not each build it. */
export default async function setup(): Promise<void> {
  await builtPackage();
}

async function build(): Promise<string> {
  const target = join(CACHE, await stateOfSources());
  if (await exists(target)) return target;
  await removeStale();
  const draft = join(CACHE, `draft-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  for (const name of COPIED) {
    if (await exists(join(ROOT, name))) {
      await cp(join(ROOT, name), join(draft, name), { recursive: true });
    }
  }
  await symlink(join(ROOT, 'node_modules'), join(draft, 'node_modules'));
  await compile(join(draft, 'dist'));
  await execa(process.execPath, [join(draft, 'dist/cli/write-manifest.js')]);
  // Two who build at the same time build the same: the second one's copy is not needed.
  await rename(draft, target).catch(() => rm(draft, { recursive: true, force: true }));
  return target;
}

async function compile(out: string): Promise<void> {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const flags = ['-p', join(ROOT, 'tsconfig.json'), '--outDir', out, '--declaration', 'false'];
  const { exitCode, all } = await execa(process.execPath, [compiler, ...flags, '--noCheck'], {
    all: true,
    reject: false,
  });
  if (!(await exists(out))) throw new Error(`the build failed (exit ${exitCode}): ${all}`);
}

/** A digest of every source file's path, size and time of change. */
async function stateOfSources(): Promise<string> {
  const digest = createHash('sha256');
  for (const name of ['src', 'tsconfig.json', ...COPIED]) {
    for (const file of await filesUnder(join(ROOT, name))) {
      const { size, mtimeMs } = await stat(file);
      digest.update(`${file} ${size} ${mtimeMs}\n`);
    }
  }
  return digest.digest('hex').slice(0, 24);
}

async function filesUnder(path: string): Promise<readonly string[]> {
  if (!(await exists(path))) return [];
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

async function removeStale(): Promise<void> {
  if (!(await exists(CACHE))) return;
  for (const name of await readdir(CACHE)) {
    const path = join(CACHE, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
