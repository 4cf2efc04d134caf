import type { Contracts } from '../contracts/index.js';
import { type Clock, messageOf, OrionError, systemClock } from '../problems/index.js';
import {
  type EntryId,
  entryId,
  isServerError,
  type RedisLink,
  type StreamKey,
  streamOfType,
} from '../redis/index.js';
import { ContractViolation, type MessageViolation } from './contract-violation.js';
import { messageIn, textOf } from './message-text.js';
import { PROBE_TYPE, writeProbe } from './probe.js';
import { redisUnreachable, unknownContract, writeRefused } from './publish-errors.js';
import { Pulse } from './pulse.js';

export interface PublisherOptions {
  readonly link: RedisLink;
  readonly contracts: Contracts;
  /** The first part of every stream's key, such as `orion`. */
  readonly prefix: string;
  /** Entries a stream is trimmed to, roughly: Redis keeps somewhat more. */
  readonly maxLength: number;
  /** Shared with whoever else asks whether this link answers; else the publisher has its own. */
  readonly pulse?: Pulse;
  readonly clock?: Clock;
}

export interface Publisher {
  /**
   * Checks a message against its contract and appends it to the stream of its type.
   * @throws {ContractViolation} with every violation; nothing was written
   * @throws {OrionError} `contract.unknown`, `message.not-json`,
   * `redis.out-of-memory`, `redis.write-refused`: nothing was written; `redis.unreachable`: the hint
   * says whether that is known
   */
  publish(type: string, message: unknown): Promise<EntryId>;
  /** The same for a message that is JSON text already; it is written as it stands, numbers included. */
  publishText(type: string, text: string): Promise<EntryId>;
  /**
   * Publishes messages of one type in order, all or none: one that breaks the contract keeps the
   * whole batch back, and the error names the violations of every message by its place.
   */
  publishBatch(type: string, messages: readonly unknown[]): Promise<readonly EntryId[]>;
  /** The same for messages that are JSON texts already. */
  publishTexts(type: string, texts: readonly string[]): Promise<readonly EntryId[]>;
}

const OUTCOME_UNKNOWN = 'Whether it was written is not known: publishing it again may double it.';

export function createPublisher(options: PublisherOptions): Publisher {
  const { link, contracts, prefix, maxLength } = options;
  if (prefix === '') throw unusable('streams.prefix', 'The prefix of the streams is empty.');
  if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
    // MAXLEN 0 would empty the stream with every message.
    throw unusable('streams.max-length', `A stream cannot be kept at ${maxLength} entries.`);
  }
  const pulse =
    options.pulse ?? new Pulse(link, prefix, options.clock ?? systemClock, () => undefined);

  async function publishText(type: string, untrimmed: string): Promise<EntryId> {
    const text = untrimmed.trim();
    if (type === PROBE_TYPE) {
      return write('the probe', () => writeProbe(link, prefix, text));
    }
    const stream = streamOf(type);
    const { violations, omitted } = violationsOf(type, messageIn(text), 0);
    if (violations.length > 0) throw new ContractViolation(type, violations, omitted);
    const [command, ...args] = addition(stream, text);
    return write(`a message for ${stream}`, async () =>
      entryId(String(await link.command(command, ...args))),
    );
  }

  async function publishBatch(type: string, messages: readonly unknown[]): Promise<EntryId[]> {
    return writeBatch(
      type,
      messages.map((message, index) => checkedAt(type, () => textOf(message), index)),
    );
  }

  async function publishTexts(type: string, texts: readonly string[]): Promise<EntryId[]> {
    return writeBatch(
      type,
      texts.map((text, index) => checkedAt(type, () => text.trim(), index)),
    );
  }

  async function writeBatch(type: string, checked: readonly CheckedMessage[]): Promise<EntryId[]> {
    const stream = streamOf(type);
    const violations = checked.flatMap((each) => each.violations);
    if (violations.length > 0) {
      const omitted = checked.reduce((sum, each) => sum + each.omitted, 0);
      throw new ContractViolation(type, violations, omitted);
    }
    const additions = checked.map(({ text }) => addition(stream, text));
    if (additions.length === 0) return [];
    // One transaction, so that memory running out in the middle keeps the whole batch back.
    const ids = await write(`messages for ${stream}`, () => link.transaction(additions));
    return ids.map((id) => entryId(String(id)));
  }

  function streamOf(type: string): StreamKey {
    if (contracts.get(type) !== null) return streamOfType(prefix, type);
    throw unknownContract(type);
  }

  /** One message of a batch; one that is no JSON at all is a violation in its place. */
  function checkedAt(type: string, written: () => string, index: number): CheckedMessage {
    try {
      const text = written();
      return { text, ...violationsOf(type, messageIn(text), index) };
    } catch (error) {
      const violation = {
        index,
        pointer: '',
        message: messageOf(error),
        expected: 'a JSON document',
      };
      return { text: '', violations: [violation], omitted: 0 };
    }
  }

  function violationsOf(type: string, message: unknown, index: number): Violations {
    const result = contracts.check(type, message);
    if (result.valid) return { violations: [], omitted: 0 };
    const violations = result.violations.map((violation) => ({ ...violation, index }));
    return { violations, omitted: result.omitted };
  }

  function addition(stream: StreamKey, text: string): [string, ...(string | number)[]] {
    // In small letters, as a transaction of the link wants them.
    return ['xadd', stream, 'MAXLEN', '~', maxLength, '*', 'data', text];
  }

  async function write<Result>(where: string, effect: () => Promise<Result>): Promise<Result> {
    if (pulse.lost) {
      const problem = await pulse.ask();
      if (problem !== null) throw redisUnreachable(problem, 'Nothing was written.');
    }
    try {
      return await effect();
    } catch (error) {
      if (isServerError(error)) throw writeRefused(where, error);
      if (error instanceof OrionError && error.code === 'redis.unreachable') {
        pulse.missed(error.message);
        throw redisUnreachable(error.message, OUTCOME_UNKNOWN);
      }
      throw error;
    }
  }

  return {
    publish: async (type, message) => publishText(type, textOf(message)),
    publishText,
    publishBatch,
    publishTexts,
  };
}

interface Violations {
  readonly violations: readonly MessageViolation[];
  readonly omitted: number;
}

interface CheckedMessage extends Violations {
  readonly text: string;
}

function unusable(code: string, message: string): OrionError {
  return new OrionError({ kind: 'config', code, message });
}
