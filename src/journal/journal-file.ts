import { fstatSync, ftruncateSync, readSync, statSync, writeSync } from 'node:fs';
import { constants, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { foreignWriter } from './journal-problems.js';

/*
 * The file under an open journal. It is as this process left it, or `append` refuses.
 *
 * The look, the write and the second look follow each other without giving way to anything else in
 * this process, so that another writer has microseconds to come between; only waiting for the disk
 * is asynchronous. Redis's lease keeps other writers out; this catches one that slept through losing it.
 */

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
/** More than a record's own fields behind its data, so that the last record's hash is among them. */
const TAIL_BYTES = 1024;

export class JournalFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes: number;
  #tail: Buffer;
  /** What could not be written, and not be taken back yet either; null nearly always. */
  #leftOver: Buffer | null = null;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#bytes = bytes;
    this.#tail = this.#readTail();
  }

  /**
   * Opens the file for appending, and makes it and its directory where they are missing.
   * @param bytesToKeep reads the file and says how much of it is whole; the rest is cut
   */
  static async open(
    path: string,
    bytesToKeep: (handle: FileHandle) => Promise<number>,
  ): Promise<JournalFile> {
    await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
    const { O_APPEND, O_CREAT, O_RDWR } = constants;
    const handle = await open(path, O_APPEND | O_CREAT | O_RDWR, FILE_MODE);
    try {
      await handle.chmod(FILE_MODE);
      const bytes = await bytesToKeep(handle);
      if ((await handle.stat()).size > bytes) {
        await handle.truncate(bytes);
        await handle.sync();
      }
      // A new file's name is as durable as its directory.
      if (bytes === 0) await syncDirectory(dirname(path));
      return new JournalFile(path, handle, bytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Adds bytes at the end and waits until they are on the disk; on failure the file is as before.
   * @throws {OrionError} `journal.foreign-writer`; {Error} the system's own, such as ENOSPC
   */
  async append(bytes: Buffer): Promise<void> {
    if (this.#leftOver !== null) this.#takeBack();
    this.#assertAsLeft();
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(this.#handle.fd, bytes, written);
      }
      const { size } = fstatSync(this.#handle.fd);
      if (size !== this.#bytes + bytes.length) {
        throw foreignWriter(this.#path, 'it grew while a record was written');
      }
      await this.#handle.sync();
    } catch (error) {
      this.#leftOver = bytes;
      try {
        this.#takeBack();
      } catch {
        // Tried again before the next record; until then the line is torn, which every reader tolerates.
      }
      throw error;
    }
    this.#bytes += bytes.length;
    this.#tail = Buffer.from(Buffer.concat([this.#tail, bytes]).subarray(-TAIL_BYTES));
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #assertAsLeft(): void {
    const mine = fstatSync(this.#handle.fd);
    const named = statSync(this.#path, { throwIfNoEntry: false });
    if (named === undefined) throw foreignWriter(this.#path, 'it was moved or deleted');
    if (named.ino !== mine.ino || named.dev !== mine.dev) {
      throw foreignWriter(this.#path, 'another file stands in its place');
    }
    if (mine.size !== this.#bytes) {
      throw foreignWriter(this.#path, `it has ${mine.size} bytes instead of ${this.#bytes}`);
    }
    if (!this.#readTail().equals(this.#tail)) {
      throw foreignWriter(this.#path, 'its last record is not the one written last');
    }
  }

  #readTail(): Buffer {
    const tail = Buffer.alloc(Math.min(this.#bytes, TAIL_BYTES));
    const read = readSync(this.#handle.fd, tail, 0, tail.length, this.#bytes - tail.length);
    return tail.subarray(0, read);
  }

  // Only what this process wrote is taken back: a file that grew further holds somebody else's records.
  #takeBack(): void {
    const attempted = this.#leftOver?.length ?? 0;
    const { size } = fstatSync(this.#handle.fd);
    if (size <= this.#bytes + attempted) ftruncateSync(this.#handle.fd, this.#bytes);
    this.#leftOver = null;
  }
}

/** Makes new, renamed and deleted names of a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
