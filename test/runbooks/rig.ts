import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal, type JournalRecord } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import {
  bindRunbook,
  type ContextFor,
  executeRun,
  type Interruption,
  type RunEvent,
  type RunLog,
  type RunOptions,
  type RunResult,
} from '../../src/runbooks/index.js';
import type { StepContext } from '../../src/steps/index.js';
import type { TestRedis } from '../support/redis-server.js';
import { back, kindsOf, migrate, SOUND, type World } from './procedure.js';

/** What one process does: a run that is begun or taken up, up to its end or to the end of the process. */
export interface Attempted {
  readonly result: RunResult | 'process ended';
  readonly events: readonly RunEvent[];
  /** Every point that was passed, in order. */
  readonly points: readonly string[];
  readonly records: readonly JournalRecord[];
}

export interface Attempting extends Partial<RunOptions> {
  /** Called at each point; may throw, wait, or `end` the process there. */
  readonly at?: (point: string, index: number, end: () => Promise<never>) => unknown;
  /** Wraps the journal of this process. */
  readonly through?: (log: RunLog) => RunLog;
}

let worlds = 0;

/** A world in a real Redis and a real journal; one rig is one host, each `attempt` one process on it. */
export class Rig {
  readonly #redis: TestRedis;
  readonly #stateDir: string;
  /** What the keys of this world begin with, so that many worlds can be in one Redis. */
  readonly #name: string;

  private constructor(redis: TestRedis, stateDir: string, name: string) {
    this.#redis = redis;
    this.#stateDir = stateDir;
    this.#name = name;
  }

  static async on(redis: TestRedis, fields: Readonly<Record<string, string>> = {}): Promise<Rig> {
    worlds += 1;
    const name = `world-${worlds}`;
    const rig = new Rig(redis, await mkdtemp(join(redis.directory, 'state-')), name);
    const pairs = Object.entries({ ...SOUND, ...fields }).flat();
    await redis.link.command('HSET', rig.#key('fields'), ...pairs);
    return rig;
  }

  async set(field: string, value: string): Promise<void> {
    await this.#redis.link.command('HSET', this.#key('fields'), field, value);
  }

  async world(): Promise<Record<string, string>> {
    // A hash of texts.
    const flat = (await this.#redis.link.command('HGETALL', this.#key('fields'))) as string[];
    return Object.fromEntries(
      flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1] ?? '']] : [])),
    );
  }

  /** What the steps did, in order, as they noted it themselves. */
  async list(name: 'looks' | 'captures' | 'applied'): Promise<readonly string[]> {
    // A list of texts.
    return (await this.#redis.link.command('LRANGE', this.#key(name), 0, -1)) as string[];
  }

  #key(name: string): string {
    return `${this.#name}:${name}`;
  }

  async attempt(attempting: Attempting = {}): Promise<Attempted> {
    const { at, through, ...options } = attempting;
    const points: string[] = [];
    const events: RunEvent[] = [];
    let ended: () => void = () => undefined;
    const processEnd = new Promise<'process ended'>((resolve) => {
      ended = () => resolve('process ended');
    });
    const end = (): Promise<never> => {
      ended();
      return new Promise(() => undefined);
    };
    const pass = async (point: string): Promise<void> => {
      points.push(point);
      await at?.(point, points.length - 1, end);
    };
    const journal = await Journal.open(this.#stateDir, { clock: systemClock });
    const log = passing(journal, pass);
    try {
      const run = executeRun({
        ...this.options(pass, events),
        log: through?.(log) ?? log,
        ...options,
      });
      const result = await Promise.race([run, processEnd]);
      return { result, events, points, records: [...journal.records] };
    } finally {
      await journal.close();
    }
  }

  options(pass: (point: string) => Promise<void>, events: RunEvent[]): Omit<RunOptions, 'log'> {
    return {
      run: 'run-1',
      about: { verb: 'migrate', module: 'memory' },
      runbook: migrate,
      steps: bindRunbook(migrate, {}),
      undo: { runbook: back, steps: bindRunbook(back, {}) },
      failures: 'end-run',
      kinds: kindsOf(pass),
      contextFor: this.contextFor,
      redisAt: async () =>
        Number(((await this.#redis.link.command('TIME')) as string[])[0]) * 1_000,
      clock: systemClock,
      lease: new AbortController().signal,
      interruption: quiet,
      halt: null,
      pointOfReturn: 'turn',
      beforeEnd: null,
      commands: { again: 'orion-bus migrate memory', back: 'orion-bus rollback --phase 2' },
      emit: (event) => void events.push(event),
    };
  }

  readonly contextFor: ContextFor = ({ run, step, signal, earlier, undoing }) => {
    const nothing = { intent: () => null, result: () => null };
    const world: Partial<World> = {
      redis: this.#redis.link,
      clock: systemClock,
      signal,
      at: step,
      world: this.#name,
      run: { id: run, verb: 'migrate', token: 1, earlier, undoing: undoing ?? nothing },
    };
    // The kinds of these tests touch nothing else.
    return world as StepContext;
  };

  /** Only for tests of many worlds; the directory of the Redis is removed in the end anyway. */
  async remove(): Promise<void> {
    await rm(this.#stateDir, { recursive: true, force: true });
  }
}

const quiet: Interruption = { requested: () => 'none', onChange: () => () => undefined };

/** INT and TERM as a test sends them. */
export class Signals implements Interruption {
  #count = 0;
  readonly #listeners = new Set<() => void>();

  send(): void {
    this.#count += 1;
    for (const listener of this.#listeners) listener();
  }

  requested(): 'none' | 'graceful' | 'now' {
    if (this.#count === 0) return 'none';
    return this.#count === 1 ? 'graceful' : 'now';
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

/** The result of a process that came to the end of `executeRun`. */
export function resultOf({ result }: Attempted): RunResult {
  if (result === 'process ended') throw new Error('the process ended before its run did');
  return result;
}

/** A journal whose appends are points before and after the record is on the disk. */
function passing(journal: Journal, pass: (point: string) => Promise<void>): RunLog {
  return {
    get records() {
      return journal.records;
    },
    async append(entry) {
      const name = `${entry.type} ${entry.step ?? ''}`.trim();
      await pass(`before record ${name}`);
      await journal.append(entry);
      await pass(`after record ${name}`);
    },
  };
}
