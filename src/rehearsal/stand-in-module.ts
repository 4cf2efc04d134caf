import { type Clock, type JsonObject, messageOf } from '../problems/index.js';
import {
  isServerError,
  listOf,
  type RedisLink,
  type Reply,
  streamOfType,
  textOf,
} from '../redis/index.js';
import type { LedgerFile } from './ledger-file.js';
import { makeMessage, type StandInType } from './messages.js';
import type { Random } from './random.js';

/*
 * A module as the source bus runs it: one loop a stream, each with a connection of its own. A loop
 * goes round for ever: read up to `batch` new entries, handle each, write it into the ledger,
 * acknowledge it. Nothing ever tells it to stop: a signal ends the process wherever it is.
 *
 * What the module gets wrong is meant: a group that is missing is made at the beginning of the
 * stream, what an earlier process left pending is never looked at, and a failed read is tried
 * again at once.
 */

export interface ModuleRole {
  readonly name: string;
  /** Where the throw-away Redis listens; it has no password. */
  readonly redisUrl: string;
  readonly prefix: string;
  /** MAXLEN of what the module publishes. */
  readonly maxLength: number;
  readonly envFile: string;
  readonly reads: readonly ReadRole[];
  readonly publishes: readonly PublishRole[];
  /** How long a handler takes on average; a part of a millisecond is a whole one now and then. */
  readonly handlingMs: number;
  readonly batch: number;
  readonly blockMs: number;
  /** Groups on which the module takes up pending entries, its own and stale ones, as an able bus would. */
  readonly resumesOn: readonly string[];
  /** Milliseconds after which an entry of another consumer is stale. */
  readonly staleMs: number;
  readonly ledger: string;
  readonly seed: string;
}

export interface ReadRole {
  readonly type: string;
  /** The key in the environment file that holds the group's name. */
  readonly setting: string;
}

/** One message of `type` for every `every`-th message handled of type `on`. */
export interface PublishRole {
  readonly on: string;
  readonly type: StandInType;
  readonly every: number;
}

export interface ModuleRuntime {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: LedgerFile;
  readonly log: (line: string) => void;
  /** The environment file as it was when the process started. */
  readonly settings: ReadonlyMap<string, string>;
  readonly open: (name: string) => Promise<RedisLink>;
}

/** Runs until the process is ended from outside. */
export async function runModule(role: ModuleRole, runtime: ModuleRuntime): Promise<void> {
  await Promise.all(role.reads.map((read) => runLoop(role, read, runtime)));
}

async function runLoop(role: ModuleRole, read: ReadRole, runtime: ModuleRuntime): Promise<void> {
  const group = runtime.settings.get(read.setting);
  if (group === undefined) throw new Error(`${role.envFile} has no ${read.setting}`);
  const link = await runtime.open(`orion-${role.name}`);
  const stream = streamOfType(role.prefix, read.type);
  const loop = new Loop(role, read, runtime, { link, stream, group });
  await loop.begin();
  for (;;) await loop.round();
}

interface Subscription {
  readonly link: RedisLink;
  readonly stream: string;
  readonly group: string;
}

class Loop {
  readonly #role: ModuleRole;
  readonly #read: ReadRole;
  readonly #runtime: ModuleRuntime;
  readonly #at: Subscription;
  readonly #consumer: string;
  readonly #resumes: boolean;
  #handledCount = 0;
  /** Handling time that has come together and not been taken yet. */
  #workingMs = 0;
  #sweptAt = 0;

  constructor(role: ModuleRole, read: ReadRole, runtime: ModuleRuntime, at: Subscription) {
    this.#role = role;
    this.#read = read;
    this.#runtime = runtime;
    this.#at = at;
    this.#consumer = `${role.name}-1`;
    this.#resumes = role.resumesOn.includes(at.group);
  }

  async begin(): Promise<void> {
    const { link, stream, group } = this.#at;
    try {
      await link.command('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM');
    } catch (error) {
      if (!isServerError(error) || !error.message.startsWith('BUSYGROUP')) throw error;
    }
    if (this.#resumes) await this.#own();
  }

  async round(): Promise<void> {
    try {
      if (this.#resumes) await this.#sweep();
      await this.#handle(await this.#readFrom('>'));
    } catch (error) {
      this.#runtime.log(
        `read of ${this.#at.stream} as ${this.#at.group} failed: ${messageOf(error)}`,
      );
      // The real consumer is about as quick as this to fail again.
      await this.#runtime.clock.sleep(1);
    }
  }

  /** Everything this consumer's name was given before and never acknowledged. */
  async #own(): Promise<void> {
    for (;;) {
      const entries = await this.#readFrom('0');
      if (entries.length === 0) return;
      await this.#handle(entries);
    }
  }

  /** Everything that any consumer of the group has left lying for `staleMs`. */
  async #sweep(): Promise<void> {
    const { clock } = this.#runtime;
    if (clock.now() - this.#sweptAt < this.#role.staleMs) return;
    this.#sweptAt = clock.now();
    const { link, stream, group } = this.#at;
    let cursor = '0-0';
    do {
      const reply = listOf(
        await link.command('XAUTOCLAIM', stream, group, this.#consumer, this.#role.staleMs, cursor),
      );
      cursor = textOf(reply[0]) || '0-0';
      await this.#handle(entriesOf(reply[1]));
    } while (cursor !== '0-0');
  }

  async #readFrom(from: '>' | '0'): Promise<readonly Entry[]> {
    const { link, stream, group } = this.#at;
    const { batch, blockMs } = this.#role;
    const reply = await link.command(
      ...(['XREADGROUP', 'GROUP', group, this.#consumer, 'COUNT', batch] as const),
      ...(['BLOCK', blockMs, 'STREAMS', stream, from] as const),
    );
    return entriesOf(listOf(listOf(reply)[0])[1]);
  }

  async #handle(entries: readonly Entry[]): Promise<void> {
    const { link, stream, group } = this.#at;
    for (const entry of entries) {
      await this.#work(entry);
      this.#runtime.ledger.handled(stream, entry.id, group, this.#consumer);
      await link.command('XACK', stream, group, entry.id);
    }
  }

  async #work(entry: Entry): Promise<void> {
    const { clock, log } = this.#runtime;
    this.#workingMs += this.#role.handlingMs;
    const now = Math.floor(this.#workingMs);
    this.#workingMs -= now;
    if (now > 0) await clock.sleep(now);
    try {
      // A stand-in trusts what the contract says: a message is an object.
      const message = JSON.parse(entry.data ?? '') as JsonObject;
      await this.#publishFor(message);
    } catch (error) {
      log(`handler of ${entry.id} failed, acknowledged all the same: ${messageOf(error)}`);
    }
  }

  async #publishFor(cause: JsonObject): Promise<void> {
    this.#handledCount += 1;
    const { clock, random, ledger } = this.#runtime;
    const { prefix, publishes, maxLength } = this.#role;
    for (const { on, type, every } of publishes) {
      if (on !== this.#read.type || this.#handledCount % every !== 0) continue;
      const stream = streamOfType(prefix, type);
      const message = makeMessage(type, { random, now: clock.now(), cause });
      const add = ['XADD', stream, 'MAXLEN', '~', maxLength, '*', 'data'] as const;
      ledger.published(
        stream,
        textOf(await this.#at.link.command(...add, JSON.stringify(message))),
      );
    }
  }
}

interface Entry {
  readonly id: string;
  /** Null for an entry without the field, and for one that was deleted. */
  readonly data: string | null;
}

function entriesOf(reply: Reply | undefined): readonly Entry[] {
  return listOf(reply).map((item) => {
    const [id, fields] = listOf(item);
    const flat = listOf(fields).map(textOf);
    const at = flat.indexOf('data');
    return { id: textOf(id), data: at < 0 ? null : (flat[at + 1] ?? null) };
  });
}
