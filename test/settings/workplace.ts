import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrionError } from '../../src/problems/index.js';
import type { SettingEdit, SettingPlace } from '../../src/settings/index.js';

/** A directory of a test's own, with settings files in it. */
export interface Workplace {
  readonly directory: string;
  path(name: string): string;
  put(name: string, content: string | Buffer): Promise<string>;
  text(name: string): Promise<string>;
  names(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export async function openWorkplace(): Promise<Workplace> {
  const directory = await mkdtemp(join(tmpdir(), 'orion-settings-'));
  const path = (name: string): string => join(directory, name);
  return {
    directory,
    path,
    async put(name, content) {
      await writeFile(path(name), content);
      return path(name);
    },
    text: (name) => readFile(path(name), 'utf8'),
    names: async () => (await readdir(directory)).toSorted((a, b) => (a < b ? -1 : 1)),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

export const OLD = 'orion-memory-group';
export const NEW = 'orion-memory-group-go';

export function placeOf(file: string, format: SettingPlace['format'] = 'env'): SettingPlace {
  const key = {
    env: 'ORION_BUS_GROUP',
    text: null,
    yaml: 'bus.group',
    json: 'bus.group',
    toml: 'bus.group',
  };
  return { file, format, key: key[format] };
}

export function editOf(place: SettingPlace, from = OLD, to = NEW): SettingEdit {
  return { place, from, to };
}

/** The error of something that must fail. */
export async function refusalOf(action: Promise<unknown>): Promise<OrionError> {
  return action.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: OrionError) => error,
  );
}
