import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Config, loadConfig } from '../../src/config/index.js';
import { OrionError } from '../../src/problems/index.js';

/** A directory of each test's own, with a file of configuration in it. */
export interface Room {
  readonly directory: string;
  readonly file: string;
  write(name: string, text: string): Promise<string>;
  /** Reads `yaml` as the file that `--config` names. */
  load(yaml: string, options?: LoadExtras): Promise<Config>;
  /** Each mistake as `line:column field: …`, in order. */
  mistakes(yaml: string, options?: LoadExtras): Promise<readonly string[]>;
  refusal(yaml: string, options?: LoadExtras): Promise<OrionError>;
}

export interface LoadExtras {
  readonly env?: NodeJS.ProcessEnv;
  readonly redisUrl?: string;
}

export function configRoom(): Room {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'orion-config-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const write = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  };
  const load = async (yaml: string, { env = {}, redisUrl }: LoadExtras = {}): Promise<Config> => {
    const file = await write('lab.yaml', yaml);
    return loadConfig({ file, redisUrl, env, cwd: '/', packageRoot: '/opt/orion-bus' });
  };
  const refusal = (yaml: string, options?: LoadExtras): Promise<OrionError> =>
    refusalOf(load(yaml, options));
  return {
    get directory() {
      return directory;
    },
    get file() {
      return join(directory, 'lab.yaml');
    },
    write,
    load,
    refusal,
    mistakes: async (yaml, options) => {
      const { message } = await refusal(yaml, options);
      const [, ...lines] = message.split('\n  ');
      return lines.map((line) => line.replace(`${join(directory, 'lab.yaml')}:`, ''));
    },
  };
}

/** The error that the work ends with; a test that sees none of ours fails. */
export async function refusalOf(work: Promise<unknown>): Promise<OrionError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OrionError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A module that is right in every way, for tests of something else. */
export const MEMORY = `memory: { service: orion-memory, settings: { file: /m.env, format: env, key: G } }`;
