import { join } from 'node:path';
import type { Clock } from '../problems/index.js';
import { startDetached } from '../services/index.js';
import type { DrillOutcome } from './drill.js';
import type { Host } from './host.js';
import { identityOf, isRunning, signalGroup } from './process-identity.js';
import type { Random } from './random.js';

/*
 * What goes wrong in a rehearsal, once for every module that is moved for the first time:
 *
 *   kill-tool      a migration in a process of its own is killed at some moment; the same is typed again
 *   kill-module    the module is killed with messages in hand; they are settled, and it is started again
 *   restart-redis  Redis is stopped and started while the module is moved; where that was refused,
 *                  the same is typed again
 *
 * Whatever it is, the ledger at the end knows no difference.
 */
export const FAULTS = ['kill-tool', 'kill-module', 'restart-redis'] as const;

export type Fault = (typeof FAULTS)[number];

export interface FaultOptions {
  readonly host: Host;
  readonly packageRoot: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** What an operator types for one module. */
export interface ModuleVerbs {
  migrate(): Promise<DrillOutcome>;
  settle(): Promise<DrillOutcome>;
}

/** A whole migration takes about so long; somewhere within it the fault strikes. */
const WITHIN_MS = 4_000;
const REDIS_AWAY_MS = 500;
const POLL_MS = 20;

/** Moves a module while something goes wrong. */
export function strike(
  fault: Fault,
  module: { readonly name: string; readonly service: string },
  verbs: ModuleVerbs,
  options: FaultOptions,
): Promise<DrillOutcome> {
  switch (fault) {
    case 'kill-tool':
      return killTool(module.name, verbs, options);
    case 'kill-module':
      return killModule(module.service, verbs, options);
    case 'restart-redis':
      return restartRedis(verbs, options);
  }
}

async function killTool(
  module: string,
  { migrate }: ModuleVerbs,
  { host, packageRoot, clock, random, signal }: FaultOptions,
): Promise<DrillOutcome> {
  const { configFile, directory } = host.paths;
  const program = join(packageRoot, 'bin/run.js');
  const pid = await startDetached({
    argv: [process.execPath, program, 'migrate', module, '--yes', '--config', configFile],
    cwd: directory,
    env: {},
    log: host.paths.log('killed-tool'),
  });
  const tool = identityOf(pid);
  await clock.sleep(random() * WITHIN_MS, signal);
  const ended = !isRunning(tool);
  signalGroup(tool, 'SIGKILL');
  while (isRunning(tool)) await clock.sleep(POLL_MS);
  const outcome = await migrate();
  return { ...outcome, text: `${outcome.text}, the tool ${ended ? 'had ended' : 'killed'} before` };
}

async function killModule(
  service: string,
  { migrate, settle }: ModuleVerbs,
  { host }: FaultOptions,
): Promise<DrillOutcome> {
  await host.units.kill(service);
  const settled = await settle();
  if (settled.exitCode !== 0) return settled;
  await host.units.start(service);
  const outcome = await migrate();
  return { ...outcome, text: `${outcome.text}, the module killed before` };
}

async function restartRedis(
  { migrate }: ModuleVerbs,
  { host, clock, random, signal }: FaultOptions,
): Promise<DrillOutcome> {
  const restart = async (): Promise<void> => {
    await clock.sleep(random() * WITHIN_MS, signal);
    await host.units.stop(REDIS_SERVICE);
    await clock.sleep(REDIS_AWAY_MS);
    await host.units.start(REDIS_SERVICE);
  };
  const [first] = await Promise.all([migrate(), restart()]);
  if (first.exitCode === 0) return { ...first, text: `${first.text}, Redis restarted meanwhile` };
  const again = await migrate();
  return { ...again, text: `${again.text}, at the second time: Redis was restarted` };
}

const REDIS_SERVICE = 'redis';
