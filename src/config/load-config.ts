import { dirname, join, resolve } from 'node:path';
import type { BuildSite } from './build-modules.js';
import { buildPlan } from './build-plan.js';
import { checkPlan } from './check-plan.js';
import { checkSchema } from './check-schema.js';
import type { Config } from './config.js';
import { type FoundFile, findConfigFile } from './find-config-file.js';
import { configError, type Located, type Mistake } from './mistake.js';
import { orionPlan } from './orion-plan.js';
import { type RedisOverrides, redisConfig, redisUrlOfFlag } from './redis-config.js';
import { defaultStateDirectory } from './state-directory.js';
import { readYaml } from './yaml-source.js';

interface LoadOptions {
  /** `--config`. */
  readonly file?: string | undefined;
  /** `--redis-url`. */
  readonly redisUrl?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The directory of package.json, beside which the shipped contracts lie. */
  readonly packageRoot: string;
}

/**
 * Reads the configuration: the file, over it the environment, over that the flags; what is left
 * out has its default. The result is frozen all the way down.
 * @throws {OrionError} kind `config` with every mistake at once (`config.invalid`) or for a file that
 *   cannot be read (`config.file`); kind `usage` for a `--redis-url` that cannot be taken
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const { env, cwd, packageRoot } = options;
  const overrides: RedisOverrides = {
    flag: options.redisUrl === undefined ? null : redisUrlOfFlag(options.redisUrl),
    // A variable that is set to nothing, as an environment file leaves it, counts as not set.
    environmentUrl: env['ORION_BUS_REDIS_URL'] || null,
    environmentPassword: env['ORION_BUS_REDIS_PASSWORD'] || null,
  };
  const found = await findConfigFile(options);
  const { data, located, mistakes: inText } = read(found);
  const mistakes = [...inText];
  const site: BuildSite = {
    baseDirectory: found === null ? cwd : dirname(found.file),
    report: (mistake) => mistakes.push(mistake),
  };
  const { raw, mistakes: inShape } = checkSchema(data);
  mistakes.push(...inShape);
  if (raw === null) throw configError(mistakes, located);

  const plan = buildPlan(raw, site);
  checkPlan(plan, raw, site.report);
  const redis = await redisConfig(raw.redis, overrides, site);
  if (mistakes.length > 0) throw configError(mistakes, located);

  const { baseDirectory } = site;
  return deepFreeze({
    file: found?.file ?? null,
    redis,
    ...plan,
    contracts:
      raw.contracts === undefined
        ? join(packageRoot, 'contracts')
        : resolve(baseDirectory, raw.contracts),
    stateDir: await stateDirectory(raw.stateDir, env, cwd, baseDirectory),
  });
}

interface Reading {
  readonly data: unknown;
  readonly located: Located | null;
  readonly mistakes: readonly Mistake[];
}

function read(found: FoundFile | null): Reading {
  if (found === null) return { data: orionPlan(), located: null, mistakes: [] };
  const source = readYaml(found.text);
  const located = { file: found.file, locate: source.locate };
  if (!source.readable) throw configError(source.mistakes, located);
  return { data: source.data, located, mistakes: source.mistakes };
}

async function stateDirectory(
  written: string | undefined,
  env: NodeJS.ProcessEnv,
  cwd: string,
  baseDirectory: string,
): Promise<string> {
  const fromEnvironment = env['ORION_BUS_STATE_DIR'];
  if (fromEnvironment) return resolve(cwd, fromEnvironment);
  if (written !== undefined) return resolve(baseDirectory, written);
  return defaultStateDirectory({ isRoot: process.getuid?.() === 0, env });
}

function deepFreeze<T>(value: T): T {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
