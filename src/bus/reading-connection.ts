import { type Clock, messageOf, OrionError } from '../problems/index.js';
import {
  type EntryId,
  entryId,
  isServerError,
  listOf,
  numberOf,
  type RedisLink,
  textOf,
} from '../redis/index.js';
import type { GroupMember } from './group-member.js';

/*
 * The connection that a consumer reads with. It is used until the first thing goes wrong with it: then
 * nobody knows whether an answer, with entries in it, got lost, and only a new connection with a look at
 * what is pending makes that good.
 */

export interface ReadEntry {
  readonly id: EntryId;
  readonly fields: readonly string[];
}

/** A read that blocks for B may take this much longer than B to be answered. */
export const SLACK_MS = 1_000;
/** A process that was held up finds its timers due before it has looked at what has come in. */
const SECOND_LOOK_MS = 100;
const UNBLOCK_AGAIN_MS = 50;

/** No answer came in time: the server hangs, or the connection is dead and nobody has said so. */
export class Overdue extends Error {}

export class ReadingConnection {
  readonly id: number;
  readonly #link: RedisLink;
  readonly #commands: RedisLink;
  readonly #blockMs: number;
  readonly #clock: Clock;

  private constructor(
    id: number,
    link: RedisLink,
    { commands, blockMs, clock }: ReadingConnectionOptions,
  ) {
    this.id = id;
    this.#link = link;
    this.#commands = commands;
    this.#blockMs = blockMs;
    this.#clock = clock;
  }

  /** @throws {OrionError} `redis.unreachable`, `redis.refused` */
  static async open(options: ReadingConnectionOptions): Promise<ReadingConnection> {
    const { commands, name, blockMs } = options;
    const link = await commands.duplicate(name, {
      // The deadline of a read is kept below; the link's own is only there in case.
      answerWithinMs: blockMs + 2 * SLACK_MS,
      reconnects: false,
    });
    try {
      return new ReadingConnection(await idOf(link), link, options);
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /**
   * Waits for new entries of this member, which rejoins its group first.
   * @param stop ends the wait early; what has arrived by then is returned
   * @throws {Overdue} no answer in time; {Error} the server's own; {OrionError} connection lost
   */
  async read(member: GroupMember, count: number, stop: AbortSignal): Promise<readonly ReadEntry[]> {
    const { stream, group, consumer } = member.place;
    if (stop.aborted) return [];
    const over = new AbortController();
    const unblock = (): void => void this.#unblock(over.signal);
    stop.addEventListener('abort', unblock, { once: true });
    try {
      const [, reply] = await this.#inTime(
        Promise.all([
          member.rejoin(this.#link),
          this.#link.command(
            ...['XREADGROUP', 'GROUP', group, consumer, 'COUNT', String(count), 'BLOCK'],
            ...[String(this.#blockMs), 'STREAMS', stream, '>'],
          ),
        ]),
        over.signal,
      );
      return listOf(listOf(listOf(reply)[0])[1]).map((entry) => {
        const [id, fields] = listOf(entry);
        return { id: entryId(textOf(id)), fields: listOf(fields).map(textOf) };
      });
    } catch (error) {
      if (isServerError(error) && /via CLIENT UNBLOCK/.test(error.message)) return [];
      throw error;
    } finally {
      // With a reason, or each would be an error with a stack.
      over.abort('over');
      stop.removeEventListener('abort', unblock);
    }
  }

  /** Shows others that this connection is alive, and itself that it is. */
  async ping(): Promise<void> {
    const over = new AbortController();
    try {
      await this.#inTime(this.#link.command('PING'), over.signal);
    } finally {
      over.abort('over');
    }
  }

  close(): void {
    this.#link.close();
  }

  async #inTime<Answer>(answer: Promise<Answer>, over: AbortSignal): Promise<Answer> {
    const deadline = this.#clock.sleep(this.#blockMs + SLACK_MS, over).then(async () => {
      await this.#clock.sleep(SECOND_LOOK_MS, over);
      if (over.aborted) return answer;
      throw new Overdue(`no answer within ${this.#blockMs + SLACK_MS} ms`);
    });
    // Whichever loses the race must not be an unhandled rejection.
    deadline.catch(() => undefined);
    answer.catch(() => undefined);
    return Promise.race([answer, deadline]);
  }

  /** Again and again, as the read may not have arrived when the first UNBLOCK does. */
  async #unblock(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      // Where it is refused, the read ends by its own time.
      await this.#commands.command('CLIENT', 'UNBLOCK', this.id).catch(() => undefined);
      await this.#clock.sleep(UNBLOCK_AGAIN_MS, over);
    }
  }
}

export interface ReadingConnectionOptions {
  /** Another connection to the same server. */
  readonly commands: RedisLink;
  /** Shown in CLIENT LIST. */
  readonly name: string;
  readonly blockMs: number;
  readonly clock: Clock;
}

/** In words for an operator why a read failed. */
export function lossText(error: unknown): string {
  return error instanceof OrionError || error instanceof Overdue
    ? error.message
    : `Redis says: ${messageOf(error)}`;
}

/** 0, which is nobody's, where the server keeps it to itself. */
async function idOf(link: RedisLink): Promise<number> {
  try {
    return numberOf(await link.command('CLIENT', 'ID')) ?? 0;
  } catch (error) {
    if (isServerError(error)) return 0;
    throw error;
  }
}
