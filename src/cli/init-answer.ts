import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type HostFindings, namedOnHost, starterConfig } from '../config/index.js';
import { OrionError } from '../problems/index.js';
import { line } from '../report/index.js';
import { type Services, unitFiles } from '../services/index.js';
import type { Answer } from './answer.js';

export interface InitOptions {
  /** Where the configuration goes, absolute. */
  readonly file: string;
  /** The directory of the units, absolute; null for none. */
  readonly unitsDirectory: string | null;
  readonly scope: 'system' | 'user';
  /** The program and its first arguments, by absolute paths. */
  readonly program: readonly string[];
  readonly dryRun: boolean;
  readonly services: Pick<Services, 'state'>;
}

/** Where systemd looks for units that an administrator or a user has written (systemd.unit(5)). */
export function unitsHome(scope: InitOptions['scope'], env: NodeJS.ProcessEnv): string {
  if (scope === 'system') return '/etc/systemd/system';
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? '/', '.config'), 'systemd/user');
}

/**
 * Writes a configuration for this host and, where asked for, the units. All files are new: where one
 * of them is there already, none is written.
 * @throws {OrionError} `init.exists`, `init.not-written`
 */
export async function initAnswer(options: InitOptions): Promise<Answer> {
  const { file, unitsDirectory, scope, program, dryRun } = options;
  const units = unitFiles({ program, config: file, scope });
  const files = [
    { path: file, text: starterConfig(await findings(options)), mode: 0o640 },
    ...(unitsDirectory === null
      ? []
      : units.map(({ name, text }) => ({ path: join(unitsDirectory, name), text, mode: 0o644 }))),
  ];
  const there: string[] = [];
  for (const { path } of files) if (await exists(path)) there.push(path);
  if (there.length > 0) throw inTheWay(there);
  if (!dryRun) for (const each of files) await written(each);
  const said = dryRun ? 'would be written' : 'written';
  return {
    document: { ok: true, exitCode: 0, dryRun, files: files.map(({ path }) => path) },
    page: files.map(({ path }) => line(`${said}: ${path}`, { whole: true })),
    next: dryRun ? [] : nextOf(options),
  };
}

function nextOf({ file, unitsDirectory, scope }: InitOptions): readonly string[] {
  const systemctl = scope === 'system' ? 'systemctl' : 'systemctl --user';
  return [
    `orion-bus validate --config ${file}`,
    ...(unitsDirectory === null
      ? []
      : [
          `${systemctl} daemon-reload`,
          `${systemctl} enable --now orion-bus-watch.service orion-bus-validate.timer`,
        ]),
  ];
}

/** What the plan names and this host does not have; where nobody can look, nothing is said. */
async function findings({ services }: InitOptions): Promise<HostFindings> {
  const named = namedOnHost();
  const absentServices: string[] = [];
  for (const service of named.services) {
    const { installed } = await services.state(service).catch(() => ({ installed: null }));
    if (installed === false) absentServices.push(service);
  }
  const missingFiles: string[] = [];
  for (const path of named.files) if (!(await exists(path))) missingFiles.push(path);
  return { absentServices, missingFiles };
}

async function written(file: { path: string; text: string; mode: number }): Promise<void> {
  try {
    await mkdir(dirname(file.path), { recursive: true });
    await writeFile(file.path, file.text, { mode: file.mode, flag: 'wx' });
  } catch (cause) {
    throw new OrionError({
      kind: 'prerequisite',
      code: 'init.not-written',
      message: `${file.path} could not be written: ${cause instanceof Error ? cause.message : cause}.`,
      hint: 'What was written before it, if anything, stands as it is shown by --dry-run.',
      next: ['orion-bus init --dry-run'],
      cause,
    });
  }
}

function inTheWay(paths: readonly string[]): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'init.exists',
    message: `${paths.join(', ')} ${paths.length === 1 ? 'is' : 'are'} there already.`,
    hint: 'Nothing was written: a file of yours is never replaced. Name another with --config, or move it away.',
    next: ['orion-bus init --config FILE'],
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
