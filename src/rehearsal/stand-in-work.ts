import { type JsonObject, messageOf } from '../problems/index.js';
import { type RedisLink, streamOfType, textOf } from '../redis/index.js';
import { makeMessage } from './messages.js';
import type { ModuleRole, ModuleRuntime } from './module-role.js';

/** Where a module reads messages of one type, and as whom. */
export interface ReadAt {
  readonly link: RedisLink;
  readonly type: string;
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
}

/** What a module does with each message of one type, however it came by it. */
export class StandInWork {
  readonly #role: ModuleRole;
  readonly #at: ReadAt;
  readonly #runtime: ModuleRuntime;
  #handledCount = 0;
  /** Handling time that has come together and not been taken yet. */
  #workingMs = 0;

  constructor(role: ModuleRole, at: ReadAt, runtime: ModuleRuntime) {
    this.#role = role;
    this.#at = at;
    this.#runtime = runtime;
  }

  /**
   * Handles one message and writes it into the ledger; what is left is to acknowledge it.
   * @param data null for an entry without one; what cannot be handled is done with all the same
   */
  async handle(id: string, data: string | null): Promise<void> {
    const { clock, log, ledger } = this.#runtime;
    const { stream, group, consumer } = this.#at;
    this.#workingMs += this.#role.handlingMs;
    const now = Math.floor(this.#workingMs);
    this.#workingMs -= now;
    if (now > 0) await clock.sleep(now);
    try {
      // A stand-in trusts what the contract says: a message is an object.
      const message = JSON.parse(data ?? '') as JsonObject;
      await this.#publishFor(message);
    } catch (error) {
      log(`handler of ${id} failed, acknowledged all the same: ${messageOf(error)}`);
    }
    ledger.handled(stream, id, group, consumer);
  }

  async #publishFor(cause: JsonObject): Promise<void> {
    this.#handledCount += 1;
    const { clock, random, ledger } = this.#runtime;
    const { prefix, publishes, maxLength } = this.#role;
    for (const { on, type, every } of publishes) {
      if (on !== this.#at.type || this.#handledCount % every !== 0) continue;
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
