import { type Config, loadConfig } from '../config/index.js';
import { type ExitCode, messageOf, OrionError } from '../problems/index.js';
import type { Drill, DrillOutcome, ModuleOutcome, OpenDrill } from './drill.js';
import { Host } from './host.js';
import type { HostOptions } from './host-build.js';
import { isClean, type ModuleAudit } from './ledger.js';
import type { Emit, Stage } from './rehearsal-events.js';

/*
 * The rehearsal: open a host → warm up → move all modules → take all back → move all again → drain →
 * audit. Traffic runs from the warm-up to the drain. The first stage that fails skips the further
 * moves, but never the drain and the audit: what was done so far is held against the ledger.
 * However it ends, every process of the host is ended.
 */

export interface RehearsalOptions extends HostOptions {
  readonly openDrill: OpenDrill;
  /** Keeps the directory with logs, ledger, journal and configuration. */
  readonly keep: boolean;
}

export interface RehearsalResult {
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  readonly modules: readonly ModuleAudit[];
  readonly rate: Rate;
  readonly seed: string;
  /** Every migration and rollback in the order in which they were carried out. */
  readonly moves: readonly Move[];
  /** Where the kept directory is, or null. */
  readonly directory: string | null;
  readonly durationMs: number;
}

/** Messages a second while traffic ran. */
interface Rate {
  readonly asked: number;
  /** What the publishers sent. */
  readonly publishers: number;
  /** With what the modules published in their turn. */
  readonly total: number;
}

interface Move extends ModuleOutcome {
  readonly verb: 'migrate' | 'rollback';
}

/** Messages a second of the publishers where nobody says otherwise. */
export const DEFAULT_RATE = 250;

const WARM_UP_MS = 2_000;
const WARM_UP_LIMIT_MS = 20_000;

/**
 * Runs the rehearsal and reports it stage by stage.
 * @throws {OrionError} when it could not be carried out: no Redis server, a target bus that does not
 *   come up, an interruption. A migration that fails is a result, not an error.
 */
export async function rehearse(options: RehearsalOptions, emit: Emit): Promise<RehearsalResult> {
  const host = await Host.open(options);
  try {
    return await new Rehearsal(options, host, emit).run();
  } finally {
    await host.end({ keep: options.keep });
  }
}

class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #host: Host;
  readonly #emit: Emit;
  readonly #moves: Move[] = [];

  constructor(options: RehearsalOptions, host: Host, emit: Emit) {
    this.#options = options;
    this.#host = host;
    this.#emit = emit;
  }

  async run(): Promise<RehearsalResult> {
    const started = this.#options.clock.now();
    const modules = this.#host.modules.map(({ name }) => name);
    this.#emit({ type: 'planned', stages: stagesOf(modules) });
    const config = await this.#stage('prepare', () => this.#prepare());
    const drill = await this.#options.openDrill(config, this.#options.signal);
    try {
      const since = this.#options.clock.now();
      await this.#stage('warm-up', () => this.#warmUp(), describeWarmUp);
      await this.#moveAll('first', modules, drill, config);
      await this.#takeBack(drill);
      await this.#moveAll('again', modules, drill, config);
      const rate = await this.#rateSince(since);
      await this.#stage('drain', () => this.#drain(), describeDrain);
      const audits = await this.#stage('audit', () => this.#host.audit(this.#announced()));
      return this.#result(audits, rate, started);
    } finally {
      await drill.close();
    }
  }

  async #prepare(): Promise<Config> {
    const { packageRoot } = this.#options;
    const { configFile, directory } = this.#host.paths;
    // The caller's environment would point the migration at his own Redis.
    const config = await loadConfig({ file: configFile, env: {}, cwd: directory, packageRoot });
    await this.#host.startTarget();
    await this.#host.startModules();
    await this.#host.startTraffic();
    return config;
  }

  async #warmUp(): Promise<number> {
    const { clock, signal } = this.#options;
    const started = clock.now();
    for (;;) {
      await clock.sleep(200, signal);
      this.#stopIfInterrupted();
      const handled = this.#host.handledSoFar();
      const idle = [...handled].filter(([, count]) => count === 0).map(([name]) => name);
      const waited = clock.now() - started;
      if (idle.length === 0 && waited >= WARM_UP_MS) {
        return [...handled.values()].reduce((sum, count) => sum + count, 0);
      }
      if (waited > WARM_UP_LIMIT_MS) throw this.#notWarm(idle);
    }
  }

  async #moveAll(
    turn: 'first' | 'again',
    modules: readonly string[],
    drill: Drill,
    config: Config,
  ): Promise<void> {
    const { clock, signal } = this.#options;
    for (const module of modules) {
      const id = `${turn}.${module}`;
      await this.#move(id, async () => {
        const outcome = await drill.migrate(module, (step) => {
          this.#emit({ type: 'stage.step', stage: id, step });
        });
        return [{ ...outcome, module, verb: 'migrate' }];
      });
      // The next module's gate asks for this one's soak.
      if (!this.#failed()) await clock.sleep(config.soak.moduleMs + 100, signal);
    }
  }

  #takeBack(drill: Drill): Promise<void> {
    return this.#move('rollback', async () => {
      const outcomes = await drill.rollbackAll((step) => {
        this.#emit({ type: 'stage.step', stage: 'rollback', step });
      });
      return outcomes.map((outcome) => ({ ...outcome, verb: 'rollback' }));
    });
  }

  /** One stage of moving; it is skipped once another has failed. */
  async #move(stage: string, carryOut: () => Promise<readonly Move[]>): Promise<void> {
    if (this.#failed()) {
      this.#emit({ type: 'stage.skipped', stage, text: 'an earlier stage failed' });
      return;
    }
    this.#emit({ type: 'stage.started', stage });
    const moves = await carryOut();
    this.#moves.push(...moves);
    await this.#host.collect();
    this.#stopIfInterrupted();
    const failed = moves.filter(({ exitCode }) => exitCode !== 0);
    const text = (failed.length > 0 ? failed : moves).map(describeMove).join('; ');
    this.#emit({ type: failed.length > 0 ? 'stage.failed' : 'stage.done', stage, text });
  }

  async #drain(): Promise<boolean> {
    await this.#host.stopTraffic();
    return this.#host.drain();
  }

  async #rateSince(since: number): Promise<Rate> {
    const { publishers, total } = await this.#host.rateSince(since);
    return {
      asked: this.#options.rate,
      publishers: Math.round(publishers),
      total: Math.round(total),
    };
  }

  #announced(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { module, announced } of this.#moves) {
      sums.set(module, (sums.get(module) ?? 0) + announced);
    }
    return sums;
  }

  #result(audits: readonly ModuleAudit[], rate: Rate, started: number): RehearsalResult {
    const exitCode = exitCodeOf(this.#moves, audits);
    return {
      ok: exitCode === 0,
      exitCode,
      modules: audits,
      rate,
      seed: this.#options.seed,
      moves: this.#moves,
      directory: this.#options.keep ? this.#host.paths.directory : null,
      durationMs: this.#options.clock.now() - started,
    };
  }

  async #stage<T>(
    stage: string,
    carryOut: () => Promise<T>,
    describe: (result: T) => string = () => '',
  ): Promise<T> {
    this.#stopIfInterrupted();
    this.#emit({ type: 'stage.started', stage });
    try {
      const result = await carryOut();
      this.#emit({ type: 'stage.done', stage, text: describe(result) });
      return result;
    } catch (error) {
      this.#emit({ type: 'stage.failed', stage, text: messageOf(error) });
      throw error;
    }
  }

  #failed(): boolean {
    return this.#moves.some(({ exitCode }) => exitCode !== 0);
  }

  #stopIfInterrupted(): void {
    if (!this.#options.signal.aborted) return;
    throw new OrionError({
      kind: 'interrupted',
      code: 'rehearsal.interrupted',
      message: 'The rehearsal was interrupted.',
      hint: 'Everything it had started is ended; nothing else was touched.',
      next: ['orion-bus rehearse'],
    });
  }

  #notWarm(idle: readonly string[]): OrionError {
    return new OrionError({
      kind: 'flow',
      code: 'rehearsal.warm-up',
      message: `After ${WARM_UP_LIMIT_MS / 1_000} s these stand-in modules had handled nothing: ${idle.join(', ')}.`,
      hint: 'Their logs say why; run it again with --keep to read them.',
      next: ['orion-bus rehearse --keep'],
    });
  }
}

function stagesOf(modules: readonly string[]): readonly Stage[] {
  const moves = (turn: string, title: string): readonly Stage[] =>
    modules.map((module) => ({ id: `${turn}.${module}`, title: title.replace('{}', module) }));
  return [
    { id: 'prepare', title: 'Start a private Redis, the target bus, modules and publishers' },
    { id: 'warm-up', title: 'Warm up on the source bus' },
    ...moves('first', 'Migrate {}'),
    { id: 'rollback', title: 'Roll all modules back' },
    ...moves('again', 'Migrate {} again'),
    { id: 'drain', title: 'Stop the publishers and let everything be handled' },
    { id: 'audit', title: 'Hold every message published against every message handled' },
  ];
}

/** The first cause gives the code; a loss or a double nobody noticed is the audit's own. */
function exitCodeOf(moves: readonly DrillOutcome[], audits: readonly ModuleAudit[]): ExitCode {
  const failed = moves.find(({ exitCode }) => exitCode !== 0);
  if (failed !== undefined) return failed.exitCode;
  if (audits.some(({ lost, twice }) => lost > 0 || twice > 0)) return 2;
  return isClean(audits) ? 0 : 3;
}

function describeMove({ module, text }: Move): string {
  return `${module}: ${text}`;
}

function describeWarmUp(handled: number): string {
  return `${handled} messages handled`;
}

function describeDrain(drained: boolean): string {
  return drained ? 'nothing owed any more' : 'not everything was handled in time';
}
