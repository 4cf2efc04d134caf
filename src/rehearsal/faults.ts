import { join } from 'node:path';
import type { Clock } from '../problems/index.js';
import { startDetached } from '../services/index.js';
import type { DrillOutcome, Overrides } from './drill.js';
import type { Host } from './host.js';
import { identityOf, isRunning, signalGroup } from './process-identity.js';
import type { Random } from './random.js';

/*
 * What goes wrong in a rehearsal, once for every module that is moved for the first time:
 *
 *   kill-tool      a migration in a process of its own is killed at some moment; the same is typed again
 *   kill-module    the module is killed with messages in hand; they are settled, and it is started again
 *   restart-redis  Redis is stopped and started while the module is moved. What follows is what an
 *                  operator does then: messages whose acknowledgement was lost are settled, the halt for
 *                  the errors that every module has logged is cleared, the move that was refused is
 *                  typed again, and the soaks that the outage broke are passed by name
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

interface MovedModule {
  readonly name: string;
  readonly service: string;
}

/** What an operator types for one module. */
export interface ModuleVerbs {
  migrate(overrides?: Overrides): Promise<DrillOutcome>;
  settle(module: string): Promise<DrillOutcome>;
  clearHalt(reason: string): Promise<void>;
}

/** A whole migration takes about so long; somewhere within it the fault strikes. */
const WITHIN_MS = 4_000;
const REDIS_AWAY_MS = 500;
const POLL_MS = 20;

/** Moves a module while something goes wrong. */
export function strike(
  fault: Fault,
  module: MovedModule,
  verbs: ModuleVerbs,
  options: FaultOptions,
): Promise<DrillOutcome> {
  switch (fault) {
    case 'kill-tool':
      return killTool(module.name, verbs, options);
    case 'kill-module':
      return killModule(module, verbs, options);
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
  { name, service }: MovedModule,
  { migrate, settle }: ModuleVerbs,
  { host }: FaultOptions,
): Promise<DrillOutcome> {
  await host.units.kill(service);
  const settled = await settle(name);
  if (settled.exitCode !== 0) return settled;
  await host.units.start(service);
  const outcome = await migrate();
  return { ...outcome, text: `${outcome.text}, the module killed before` };
}

async function restartRedis(
  verbs: ModuleVerbs,
  { host, clock, random, signal }: FaultOptions,
): Promise<DrillOutcome> {
  const restart = async (): Promise<void> => {
    await clock.sleep(random() * WITHIN_MS, signal);
    await host.restartRedis(REDIS_AWAY_MS);
  };
  const [first] = await Promise.all([
    persevere(verbs, () => verbs.migrate(AFTER_RESTART), clock),
    restart(),
  ]);
  for (const { name } of host.modules) {
    const settled = await persevere(verbs, () => verbs.settle(name), clock);
    if (settled.exitCode !== 0) return settled;
  }
  const outcome =
    first.exitCode === 0
      ? first
      : await persevere(verbs, () => verbs.migrate(AFTER_RESTART), clock);
  return { ...outcome, text: `${outcome.text}, Redis restarted meanwhile` };
}

/** The reason is what an operator would give; a gate that passes all the same is only noted. */
const REASON = 'Redis was restarted by the rehearsal';

/** The gates that rest on a time in which Redis was restarted. */
export const AFTER_RESTART: Overrides = new Map(
  ['phase1', 'soak', 'phase2'].map((gate) => [gate, REASON]),
);

const TRIES = 5;
const PAUSE_MS = 500;

/** Types the same again as long as it is refused: the guard may raise its halt at any moment. */
export async function persevere(
  { clearHalt }: Pick<ModuleVerbs, 'clearHalt'>,
  verb: () => Promise<DrillOutcome>,
  clock: Clock,
): Promise<DrillOutcome> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await verb();
    if (outcome.exitCode === 0 || tries === TRIES) return outcome;
    await clock.sleep(PAUSE_MS);
    await clearHalt(REASON).catch(() => undefined);
  }
}
