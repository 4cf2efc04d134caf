import { resolve } from 'node:path';
import { OrionError } from '../problems/index.js';
import { readText } from './read-text.js';
import { shellWord } from './shell-word.js';

export interface FindOptions {
  /** `--config`. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly systemFile?: string;
}

export interface FoundFile {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

const SYSTEM_FILE = '/etc/orion-bus/orion-bus.yaml';

/**
 * The configuration file: `--config`, `$ORION_BUS_CONFIG`, `./orion-bus.yaml`, the system's; the
 * first that is there. A file that was named must be there; one that is there must be readable:
 * going on without it would move modules by another plan than the operator's.
 * @returns null where none is there
 * @throws {OrionError} `config.file`
 */
export async function findConfigFile(options: FindOptions): Promise<FoundFile | null> {
  const { file, env, cwd, systemFile = SYSTEM_FILE } = options;
  const places = [
    { place: file, by: '--config', named: true },
    { place: env['ORION_BUS_CONFIG'] || undefined, by: 'ORION_BUS_CONFIG', named: true },
    { place: 'orion-bus.yaml', by: 'the working directory', named: false },
    { place: systemFile, by: 'this host', named: false },
  ];
  for (const { place, by, named } of places) {
    if (place === undefined) continue;
    const path = resolve(cwd, place);
    const reading = await readText(path);
    if (reading.text !== null) return { file: path, text: reading.text };
    if (named || !reading.missing) throw unreadable(path, by, reading.why);
  }
  return null;
}

function unreadable(path: string, by: string, why: string): OrionError {
  return new OrionError({
    kind: 'config',
    code: 'config.file',
    message: `The configuration file ${path} (from ${by}) cannot be read: ${why}.`,
    hint: 'Nothing was started or changed. No other file was taken in its place.',
    next: [`ls -l ${shellWord(path)}`],
  });
}
