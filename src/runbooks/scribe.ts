import { type JsonObject, messageOf, OrionError } from '../problems/index.js';
import type { RunHappening } from './run-events.js';
import type { RunLedger } from './run-ledger.js';
import type { NewRunRecord, RunRecordType } from './run-log.js';
import type { RunOptions } from './run-options.js';
import { interruptedRun, leaseLost } from './run-problems.js';

/**
 * Writes the records of one run, and lets its ledger know of each. With the lease lost it writes nothing
 * and throws: the journal has another writer then.
 */
export class Scribe {
  readonly #options: Pick<RunOptions, 'log' | 'redisAt' | 'lease' | 'commands'>;
  readonly #ledger: RunLedger;
  readonly #emit: (event: RunHappening) => void;
  readonly #closing = new AbortController();

  constructor(
    options: Pick<RunOptions, 'log' | 'redisAt' | 'lease' | 'commands'>,
    ledger: RunLedger,
    emit: (event: RunHappening) => void,
  ) {
    this.#options = options;
    this.#ledger = ledger;
    this.#emit = emit;
  }

  /**
   * Stores what must be on the disk before anything is changed.
   * @throws {OrionError} when it could not be stored
   */
  async before(type: RunRecordType, step: string | null, data: JsonObject): Promise<void> {
    const record = await this.#record(type, step, data);
    try {
      await this.#options.log.append(record);
    } catch (error) {
      throw unstored(error);
    }
    this.#ledger.note(record);
  }

  /**
   * Stores what has happened already. Where that fails the run must go on to an end it can stay in, so
   * the record is told instead: whoever listens prints it.
   * @returns whether it was stored
   * @throws {OrionError} of kind `lease`: the journal is another's, and nothing more may be done
   */
  async after(type: RunRecordType, step: string | null, data: JsonObject): Promise<boolean> {
    const record = await this.#record(type, step, data);
    this.#ledger.note(record);
    try {
      await this.#options.log.append(record);
      return true;
    } catch (thrown) {
      const error = unstored(thrown);
      if (error.kind === 'lease') throw error;
      this.#emit({ type: 'journal.unstored', record, error });
      return false;
    }
  }

  /** Work that was left behind may still come here; it is too late then. */
  close(): void {
    this.#closing.abort();
  }

  async #record(type: RunRecordType, step: string | null, data: JsonObject): Promise<NewRunRecord> {
    const { redisAt, lease, commands } = this.#options;
    const at = await redisAt().catch(() => null);
    if (lease.aborted) throw leaseLost(lease, commands);
    if (this.#closing.signal.aborted) throw interruptedRun(commands);
    return {
      type,
      run: this.#ledger.run,
      ...(step === null ? {} : { step }),
      data,
      redisAt: at,
    };
  }
}

function unstored(error: unknown): OrionError {
  if (error instanceof OrionError) return error;
  return new OrionError({
    kind: 'prerequisite',
    code: 'journal.unwritable',
    message: `The journal could not be written: ${messageOf(error)}`,
    cause: error,
  });
}
