import { hostname } from 'node:os';
import {
  type Emergency,
  emergencyFold,
  emergencyOf,
  type MigrationHistory,
  matrixPhaseOf,
} from '../checks/index.js';
import { readSamples, removeSamplesBefore, type Sample, SampleLog } from '../evidence/index.js';
import {
  announceRollback,
  beginAnnounced,
  Journal,
  readShared,
  type SharedState,
} from '../journal/index.js';
import { messageOf, OrionError } from '../problems/index.js';
import { halt, historyOf } from '../runbooks/index.js';
import {
  driftingGroups,
  emergencyContext,
  readWatchMemory,
  Sampler,
  type SamplingContext,
  type WatchMemory,
  writeWatchMemory,
} from '../steps/index.js';
import { keepWarmRound } from './keep-warm-round.js';
import { phaseOf } from './phase-of.js';
import type { CarryOutRollback, WatchEvent } from './watch-event.js';

/*
 * One round of watching: sample, store, judge, act.
 *
 * A sample is stored before anything is concluded from it. An emergency criterion that fails, with
 * evidence, raises a halt, once for each time that it begins to hold; one that cannot be told raises
 * nothing. With `autoRollback` the matrix's answer is announced beside the halt, and carried out when
 * its grace is over and the criterion still fails: by one watcher, once. Clearing the halt calls it off.
 */

export interface WatcherOptions {
  readonly context: SamplingContext;
  /** Null where nothing is ever rolled back by itself. */
  readonly autoRollback: CarryOutRollback | null;
  readonly say: (event: WatchEvent) => void;
  /** Rounds follow each other in this process; else each is a process of its own. */
  readonly serves: boolean;
}

export interface Round {
  readonly sample: Sample;
  /** Null where Redis did not answer: then nobody can tell where the migration stands. */
  readonly emergency: Emergency | null;
  readonly shared: SharedState | null;
  /** Groups that are not kept warm any more, since somebody else has moved them. */
  readonly drift: readonly string[];
}

/** Twice the window of the criteria, so that what had to hold all through it is seen whole. */
const WINDOWS_TO_REPLAY = 2;
const HOUR_MS = 3_600_000;

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #sampler: Sampler;
  readonly #log: SampleLog;
  readonly #fold: ReturnType<typeof emergencyFold>;
  #memory: WatchMemory;
  /** What the file holds of it. */
  #written = '';
  #removedAtMs = Number.NEGATIVE_INFINITY;
  /** The rollback that was last seen announced and not begun. */
  #announced: string | null = null;

  private constructor(options: WatcherOptions, memory: WatchMemory) {
    const { context, serves } = options;
    this.#options = options;
    this.#memory = memory;
    const before = serves ? null : memory.sampling;
    this.#sampler = before === null ? new Sampler(context) : new Sampler(context, before);
    this.#log = new SampleLog(context.plan.stateDir);
    this.#fold = emergencyFold(context.plan.thresholds);
  }

  /** Takes up what earlier rounds left: the newest samples, and what they led to. */
  static async open(options: WatcherOptions): Promise<Watcher> {
    const { plan, clock } = options.context;
    const watcher = new Watcher(options, await readWatchMemory(plan.stateDir));
    const longest = Math.max(plan.thresholds.lag.sustainedMs, plan.thresholds.memory.sustainedMs);
    const fromMs = clock.now() - WINDOWS_TO_REPLAY * longest - plan.watch.everyMs;
    const newest = readSamples(plan.stateDir, { fromMs, toMs: Number.MAX_SAFE_INTEGER });
    for await (const sample of newest) watcher.#fold.add(sample);
    return watcher;
  }

  /** @throws {Error} the system's own, where the sample cannot be stored */
  async round(): Promise<Round> {
    const { serves, say } = this.#options;
    const sample = await this.#sampler.take();
    await this.#log.append(sample);
    this.#fold.add(sample);
    const judged = await this.#judge(sample).catch((error: unknown) => {
      if (!(error instanceof OrionError)) throw error;
      say({ type: 'problem', message: messageOf(error) });
      return null;
    });
    say({
      type: 'sampled',
      sample,
      holding: judged?.emergency.holding.map(({ issue }) => issue) ?? [],
      inDoubt: judged?.emergency.inDoubt.map(({ issue }) => issue) ?? [],
    });
    const sampling = serves ? null : this.#sampler.memory;
    await this.#remember({ ...this.#memory, sampling });
    await this.#removeOld(sample);
    return {
      sample,
      emergency: judged?.emergency ?? null,
      shared: judged?.shared ?? null,
      drift: driftingGroups(this.#memory),
    };
  }

  async #judge(
    sample: Sample,
  ): Promise<{ readonly emergency: Emergency; readonly shared: SharedState } | null> {
    const { context, say } = this.#options;
    const { plan } = context;
    if (sample.clock === 'host') {
      say({ type: 'problem', message: 'Redis does not answer; the groups were not looked at.' });
      return null;
    }
    const redis = await context.redis();
    const { prefix } = plan.streams;
    const before = await readShared(redis.link, prefix);
    const journal = await Journal.read(plan.stateDir);
    const history = historyOf(journal.records, before);
    const figures = this.#fold.outcome();
    const phase = matrixPhaseOf(phaseOf(plan, history, sample));
    const held = await emergencyContext({ plan, history }, phase);
    const emergency = emergencyOf(figures, held);
    await this.#raise(emergency, before);
    await this.#rollBack(emergency, await readShared(redis.link, prefix));
    const { warm } = this.#memory;
    this.#memory = {
      ...this.#memory,
      warm: await keepWarmRound(redis, plan, await this.#historyNow(history), warm, say),
    };
    return { emergency, shared: await readShared(redis.link, prefix) };
  }

  /** A rollback of our own may have come between. */
  async #historyNow(before: MigrationHistory): Promise<MigrationHistory> {
    if (this.#options.autoRollback === null) return before;
    const { plan } = this.#options.context;
    return historyOf((await Journal.read(plan.stateDir)).records, { halt: null });
  }

  /** Once for each time that a criterion begins to hold; the first halt in force stays. */
  async #raise(emergency: Emergency, { halt: inForce }: SharedState): Promise<void> {
    const { context, say } = this.#options;
    const holding = emergency.holding.map(({ issue }) => issue);
    const known = this.#memory.raised.filter((issue) => holding.some((each) => each === issue));
    const fresh = emergency.holding.filter(({ issue }) => !known.includes(issue));
    const [first] = fresh;
    if (first !== undefined && inForce === null) {
      const { link: redis } = await context.redis();
      const reason = fresh.map(({ message }) => message).join('; ');
      const host = { plan: context.plan, redis, clock: context.clock };
      const { raised } = await halt(host, reason, `watch@${hostname()}`);
      say({ type: 'halt.raised', reason, raised });
    }
    await this.#remember({ ...this.#memory, raised: holding });
  }

  async #rollBack(emergency: Emergency, shared: SharedState): Promise<void> {
    const { context, autoRollback, say } = this.#options;
    const { answer } = emergency;
    if (this.#announced !== null && shared.announced === null) {
      say({ type: 'rollback.called-off', command: this.#announced });
      this.#announced = null;
    }
    if (autoRollback === null || shared.halt === null) return;
    if (answer === null || answer.rollback === null || answer.command === null) return;
    const { link } = await context.redis();
    const { prefix } = context.plan.streams;
    const { command, rollback } = answer;
    const { graceMs } = context.plan.watch;
    const announced = await announceRollback(link, prefix, { command, graceMs });
    if (announced === null || announced.begunAt !== null) return;
    if (this.#announced !== announced.command) {
      say({ type: 'rollback.announced', command: announced.command, dueAt: announced.dueAt });
    }
    this.#announced = announced.command;
    if (!(await beginAnnounced(link, prefix))) return;
    this.#announced = null;
    say({ type: 'rollback.begun', command });
    say({ type: 'rollback.ended', command, ...(await autoRollback(rollback)) });
  }

  async #remember(memory: WatchMemory): Promise<void> {
    this.#memory = memory;
    const text = JSON.stringify(memory);
    if (text === this.#written) return;
    await writeWatchMemory(this.#options.context.plan.stateDir, memory);
    this.#written = text;
  }

  async #removeOld({ atMs }: Sample): Promise<void> {
    if (atMs - this.#removedAtMs < HOUR_MS) return;
    this.#removedAtMs = atMs;
    const { plan } = this.#options.context;
    await removeSamplesBefore(plan.stateDir, atMs - plan.watch.keepMs);
  }
}
