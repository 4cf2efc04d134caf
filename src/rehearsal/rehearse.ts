import { type Config, loadConfig } from '../config/index.js';
import { type ExitCode, messageOf, OrionError } from '../problems/index.js';
import type { Drill, DrillOutcome, OpenDrill, Overrides, Report } from './drill.js';
import { AFTER_RESTART, type Fault, persevere, strike } from './faults.js';
import { Host } from './host.js';
import type { HostOptions } from './host-build.js';
import { isClean, type ModuleAudit } from './ledger.js';
import { randomOf } from './random.js';
import type { Emit, Stage } from './rehearsal-events.js';

/*
 * The rehearsal: open a host → warm up → the whole migration to its very end → all of it back → the
 * whole migration again up to the cutover → an emergency rollback → drain → audit. Traffic runs from
 * the warm-up to the drain, and the guard takes its samples. The first verb that fails skips the
 * further ones, but never the drain and the audit: what was done so far is held against the ledger.
 * However it ends, every process of the host is ended.
 */

export interface RehearsalOptions extends HostOptions {
  readonly openDrill: OpenDrill;
  /** Keeps the directory with logs, ledger, journal and configuration. */
  readonly keep: boolean;
  /** What goes wrong while modules are moved for the first time. */
  readonly fault?: Fault | null;
}

export interface RehearsalResult {
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  readonly modules: readonly ModuleAudit[];
  readonly rate: Rate;
  readonly seed: string;
  /** Every verb in the order in which they were carried out. */
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

interface Move extends DrillOutcome {
  /** As it is typed: `migrate memory`. */
  readonly command: string;
  readonly durationMs: number;
}

/** Messages a second of the publishers where nobody says otherwise. */
export const DEFAULT_RATE = 250;

type Round = 'first' | 'again';

interface Verb {
  readonly id: string;
  readonly command: string;
  readonly carryOut: (report: Report) => Promise<DrillOutcome>;
  /** How long what it began must hold before the next verb, in ms. */
  readonly soakMs: number;
}

const SAMPLED_WITHIN_MS = 700;
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
    this.#emit({ type: 'planned', stages: stagesOf(this.#host.modules) });
    const config = await this.#stage('prepare', () => this.#prepare());
    const drill = await this.#options.openDrill(config, this.#options.signal);
    try {
      const since = this.#options.clock.now();
      await this.#stage('warm-up', () => this.#warmUp(), describeWarmUp);
      for (const { id, command, carryOut, soakMs } of this.#verbs(drill, config)) {
        await this.#carryOut(id, command, carryOut);
        // The next verb's gate asks for this one's soak.
        if (soakMs > 0 && !this.#failed()) await this.#soak(soakMs);
      }
      const rate = await this.#rateSince(since);
      await this.#stage('drain', () => this.#drain(), describeDrain);
      const audits = await this.#stage('audit', async () =>
        this.#host.audit(await drill.announced()),
      );
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
    await this.#host.startSource();
    await this.#host.startModules();
    await this.#host.startTraffic();
    // Where nothing has to soak, no gate asks for samples.
    if (config.soak.phase1Ms > 0) await this.#host.startWatch();
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

  /** What an operator types, one after the other, each with the soak that follows it. */
  #verbs(drill: Drill, { soak }: Config): readonly Verb[] {
    const toCutover = (round: Round): readonly Verb[] => [
      {
        id: `${round}.phase1`,
        command: 'phase1 start',
        carryOut: (report) => this.#afterFault(drill, () => drill.phase1Start(report)),
        soakMs: soak.phase1Ms,
      },
      ...this.#host.modules.map((module) => ({
        id: `${round}.${module.name}`,
        command: `migrate ${module.name}`,
        carryOut: (report: Report) => this.#migrate(drill, round, module, report),
        soakMs: soak.moduleMs,
      })),
      {
        id: `${round}.cutover`,
        command: 'phase3 cutover',
        carryOut: (report) => this.#afterFault(drill, (o) => drill.phase3Cutover(report, o)),
        soakMs: soak.burnInMs,
      },
    ];
    const rollback = (id: string): Verb => ({
      id,
      command: 'rollback --phase 3',
      carryOut: (report) => drill.rollback(report),
      soakMs: 0,
    });
    return [
      ...toCutover('first'),
      {
        id: 'finalize',
        command: 'phase3 finalize',
        carryOut: (report) => this.#afterFault(drill, () => drill.phase3Finalize(report)),
        soakMs: 0,
      },
      rollback('back'),
      ...toCutover('again'),
      rollback('emergency'),
    ];
  }

  #migrate(
    drill: Drill,
    round: Round,
    module: Host['modules'][number],
    report: Report,
  ): Promise<DrillOutcome> {
    const { fault = null, seed, packageRoot, clock, signal } = this.#options;
    if (fault === null || round === 'again') {
      return this.#afterFault(drill, (overrides) => drill.migrate(module.name, report, overrides));
    }
    const random = randomOf(`${seed} ${fault} ${module.name}`);
    const options = { host: this.#host, packageRoot, clock, random, signal };
    const verbs = {
      migrate: (overrides?: Overrides) => drill.migrate(module.name, report, overrides),
      settle: (name: string) => drill.settle(name, report),
      clearHalt: (reason: string) => drill.clearHalt(reason),
    };
    return strike(fault, module, verbs, options);
  }

  /** What a restart of Redis leaves behind holds up every verb that goes forward. */
  #afterFault(
    drill: Drill,
    verb: (overrides?: Overrides) => Promise<DrillOutcome>,
  ): Promise<DrillOutcome> {
    const { fault, clock } = this.#options;
    if (fault !== 'restart-redis') return verb();
    return persevere(drill, () => verb(AFTER_RESTART), clock);
  }

  async #soak(lengthMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    // Samples have to cover it, and the last one comes up to an interval late.
    await clock.sleep(lengthMs + SAMPLED_WITHIN_MS, signal);
  }

  /** One verb of the migration; it is skipped once another has failed. */
  async #carryOut(stage: string, command: string, carryOut: Verb['carryOut']): Promise<void> {
    if (this.#failed()) {
      this.#emit({ type: 'stage.skipped', stage, text: 'an earlier stage failed' });
      return;
    }
    this.#emit({ type: 'stage.started', stage });
    const { clock } = this.#options;
    const began = clock.now();
    const outcome = await carryOut((step) => this.#emit({ type: 'stage.step', stage, step }));
    this.#moves.push({ ...outcome, command, durationMs: clock.now() - began });
    await this.#host.collect();
    this.#stopIfInterrupted();
    const type = outcome.exitCode === 0 ? 'stage.done' : 'stage.failed';
    this.#emit({ type, stage, text: outcome.text });
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

function stagesOf(modules: readonly { readonly name: string }[]): readonly Stage[] {
  const toCutover = (round: Round, again: string): readonly Stage[] => [
    { id: `${round}.phase1`, title: `Phase 1: start the target bus beside the source${again}` },
    ...modules.map(({ name }) => ({ id: `${round}.${name}`, title: `Migrate ${name}${again}` })),
    { id: `${round}.cutover`, title: `Phase 3: move the publishers${again}` },
  ];
  return [
    { id: 'prepare', title: 'Start a private Redis, modules, publishers and the guard' },
    { id: 'warm-up', title: 'Warm up on the source bus' },
    ...toCutover('first', ''),
    { id: 'finalize', title: 'Phase 3: archive the source bus' },
    { id: 'back', title: 'Take all of it back' },
    ...toCutover('again', ' again'),
    { id: 'emergency', title: 'Emergency: roll back phase 3' },
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

function describeWarmUp(handled: number): string {
  return `${handled} messages handled`;
}

function describeDrain(drained: boolean): string {
  return drained ? 'nothing owed any more' : 'not everything was handled in time';
}
