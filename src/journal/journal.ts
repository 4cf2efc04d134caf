import { access, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, type JsonObject, OrionError } from '../problems/index.js';
import { JournalFile, syncDirectory } from './journal-file.js';
import { damaged, UnwritableJournal, unreadable } from './journal-problems.js';
import { type JournalRecord, NO_HASH, RECORD_VERSION, type RecordType, seal } from './record.js';
import { type Damage, type Scan, scan, type TornLine } from './scan.js';

/*
 * The record of everything this tool did, in `<stateDir>/journal.ndjson`.
 *
 * read       anybody: what stands there, with its damage; changes nothing
 * open       the holder of the lease: whole, a torn last line cut; damage is refused
 * append     one record at a time, on the disk before it returns
 * set aside  for a rollback, which must be possible with a damaged journal too: the file is kept
 *            under another name and a new journal begins
 */

export interface JournalOptions {
  readonly clock: Clock;
  /**
   * Given by a rollback, which goes on when the disk does not: takes each record that could not be
   * stored, instead of an error. Such a record is no part of the chain.
   */
  readonly unstored?: (record: JournalRecord) => void;
}

export interface NewRecord {
  readonly type: RecordType;
  readonly run: string;
  readonly step?: string;
  readonly data: JsonObject;
  /** Milliseconds of Redis's clock; null where Redis could not be asked. */
  readonly redisAt: number | null;
}

/** A journal as anybody may see it. */
export interface JournalView {
  readonly path: string;
  /** Null while there is no record. */
  readonly id: string | null;
  /** Those before the damage, all where there is none. */
  readonly records: readonly JournalRecord[];
  /** A record being written just now, or one whose writer was killed. */
  readonly torn: TornLine | null;
  readonly damage: Damage | null;
}

const FILE_NAME = 'journal.ndjson';
const nothing = (): Scan => ({ records: [], bytes: 0, torn: null, damage: null });

export class Journal implements JournalView {
  readonly stateDir: string;
  readonly path: string;
  readonly damage = null;
  readonly #clock: Clock;
  readonly #unstored: ((record: JournalRecord) => void) | null;
  /** Null where the file could not even be opened and `unstored` takes everything. */
  readonly #file: JournalFile | null;
  readonly #records: JournalRecord[];
  #torn: TornLine | null;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    stateDir: string,
    options: JournalOptions,
    file: JournalFile | null,
    found: Scan,
  ) {
    this.stateDir = stateDir;
    this.path = pathIn(stateDir);
    this.#clock = options.clock;
    this.#unstored = options.unstored ?? null;
    this.#file = file;
    this.#records = found.records;
    this.#torn = found.torn;
  }

  /**
   * Reads a journal without changing it; a missing one is empty.
   * @throws {OrionError} `journal.unreadable`
   */
  static async read(stateDir: string): Promise<JournalView> {
    const path = pathIn(stateDir);
    const { records, torn, damage } = await scanned(path);
    return { path, id: idOf(records), records, torn, damage };
  }

  /**
   * Opens a journal for appending, and begins it where there is none. Only the holder of the lease
   * may. A torn last line is cut; the next record notes it as `tornBefore` in its data.
   * @throws {OrionError} `journal.damaged`; `journal.unwritable` unless `unstored` is given
   */
  static async open(stateDir: string, options: JournalOptions): Promise<Journal> {
    const path = pathIn(stateDir);
    let found = nothing();
    try {
      const file = await JournalFile.open(path, async (handle) => {
        found = await scan(handle);
        if (found.damage !== null) throw damaged(path, found.damage);
        return found.bytes;
      });
      return new Journal(stateDir, options, file, found);
    } catch (error) {
      if (error instanceof OrionError) throw error;
      if (options.unstored === undefined) throw new UnwritableJournal(path, null, error);
      // On a disk that only reads, what was recorded before is still there to go by.
      return new Journal(stateDir, options, null, await scanned(path).catch(nothing));
    }
  }

  /**
   * Puts a damaged journal out of the way, under a name that tells when, and begins a new one.
   * @returns the new journal; `aside`, where the old one is now (null: it could not be moved or was not
   *   there); `before`, the records of the old one up to its damage
   * @throws {OrionError} `journal.unwritable` unless `unstored` is given
   */
  static async setAside(
    stateDir: string,
    options: JournalOptions,
  ): Promise<{ journal: Journal; aside: string | null; before: readonly JournalRecord[] }> {
    const path = pathIn(stateDir);
    const before = (await scanned(path).catch(nothing)).records;
    let aside: string | null = null;
    try {
      aside = await renameAside(path, options.clock.now());
    } catch (error) {
      if (options.unstored === undefined) throw new UnwritableJournal(path, null, error);
      return { journal: new Journal(stateDir, options, null, nothing()), aside, before };
    }
    return { journal: await Journal.open(stateDir, options), aside, before };
  }

  /**
   * What tells this journal from every other: the hash of its first record, which holds a time and a
   * random run id. A file of its own for an id could be lost or copied apart from the records, and
   * would have to be made durable together with them; the hash cannot part from what it names.
   */
  get id(): string | null {
    return idOf(this.#records);
  }

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  get last(): JournalRecord | null {
    return this.#records.at(-1) ?? null;
  }

  /** The torn line that was cut on opening, until a record has noted it. */
  get torn(): TornLine | null {
    return this.#torn;
  }

  /**
   * Adds a record and returns once it is on the disk. Calls take effect in the order they were made.
   * @throws {UnwritableJournal} `journal.unwritable`, with the record, unless `unstored` takes it
   * @throws {OrionError} `journal.foreign-writer` when the file is not as this process left it
   */
  append(entry: NewRecord): Promise<JournalRecord> {
    const appended = this.#last.then(() => this.#append(entry));
    this.#last = appended.catch(() => undefined);
    return appended;
  }

  /** Waits for the appends under way, then lets go of the file. */
  async close(): Promise<void> {
    await this.#last;
    await this.#file?.close();
  }

  async #append(entry: NewRecord): Promise<JournalRecord> {
    const { record, line } = seal({
      v: RECORD_VERSION,
      seq: (this.last?.seq ?? 0) + 1,
      at: new Date(this.#clock.now()).toISOString(),
      redisAt: entry.redisAt === null ? null : new Date(entry.redisAt).toISOString(),
      run: entry.run,
      ...(entry.step === undefined ? {} : { step: entry.step }),
      type: entry.type,
      data: this.#torn === null ? entry.data : { ...entry.data, tornBefore: { ...this.#torn } },
      prev: this.last?.hash ?? NO_HASH,
    });
    try {
      if (this.#file === null) throw new Error('it could not be opened');
      await this.#file.append(Buffer.from(`${line}\n`));
    } catch (error) {
      if (error instanceof OrionError) throw error;
      if (this.#unstored === null) throw new UnwritableJournal(this.path, record, error);
      this.#unstored(record);
      return record;
    }
    this.#records.push(record);
    this.#torn = null;
    return record;
  }
}

function pathIn(stateDir: string): string {
  return join(stateDir, FILE_NAME);
}

function idOf(records: readonly JournalRecord[]): string | null {
  return records[0]?.hash ?? null;
}

async function scanned(path: string): Promise<Scan> {
  try {
    const handle = await open(path, 'r');
    try {
      return await scan(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return nothing();
    throw unreadable(path, error);
  }
}

async function renameAside(path: string, nowMs: number): Promise<string | null> {
  // Colons would make the name awkward to type and to copy to other systems.
  const base = `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(':', '-')}`;
  let aside = base;
  for (let copy = 2; await exists(aside); copy += 1) aside = `${base}-${copy}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  await syncDirectory(dirname(path));
  return aside;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
