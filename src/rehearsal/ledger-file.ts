import { mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type EntryId, entryId, isEntryId } from '../redis/index.js';

/*
 * What every process of the rehearsal did, in its own words: one append-only file for each process
 * that ever started, one line for each message it published or handled. A line is written by one
 * synchronous call before the message is acknowledged, so a process that is killed leaves nothing
 * unsaid but the message it was working on.
 */

/** One message that a handler was done with. */
export interface Handled {
  /** The module's name. */
  readonly by: string;
  /** The process that handled it: the name of its ledger file. */
  readonly process: string;
  /** Milliseconds since 1970, by the clock of the host. */
  readonly at: number;
  readonly stream: string;
  readonly id: EntryId;
  readonly group: string;
  readonly consumer: string;
}

interface Published {
  readonly stream: string;
  readonly id: EntryId;
}

export interface LedgerLines {
  /** For each process in the order in which it wrote; processes in the order of their start. */
  readonly handled: readonly Handled[];
  readonly published: readonly Published[];
}

export class LedgerFile {
  readonly #file: number;
  readonly #now: () => number;

  /** Opens a file of its own for this process of `name` in the directory. */
  constructor(directory: string, name: string, now: () => number) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Padded, so that the names sort by start.
    const started = String(now()).padStart(15, '0');
    this.#file = openSync(join(directory, `${started}.${process.pid}.${name}`), 'a', 0o600);
    this.#now = now;
  }

  handled(stream: string, id: string, group: string, consumer: string): void {
    this.#write('handled', stream, id, group, consumer);
  }

  published(stream: string, id: string): void {
    this.#write('published', stream, id);
  }

  #write(...fields: readonly string[]): void {
    writeSync(this.#file, `${[this.#now(), ...fields].join('\t')}\n`);
  }
}

/** Reads all files of the directory; a torn last line is a message nobody was done with. */
export function readLedger(directory: string): LedgerLines {
  const handled: Handled[] = [];
  const published: Published[] = [];
  for (const process of ledgerFiles(directory)) {
    const by = process.split('.').slice(2).join('.');
    const lines = readFileSync(join(directory, process), 'utf8').split('\n').slice(0, -1);
    for (const line of lines) {
      const [at = '', what = '', stream = '', id = '', group = '', consumer = ''] =
        line.split('\t');
      if (!isEntryId(id)) continue;
      if (what === 'published') published.push({ stream, id: entryId(id) });
      else handled.push({ by, process, at: Number(at), stream, id: entryId(id), group, consumer });
    }
  }
  return { handled, published };
}

function ledgerFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // No process has started yet.
    return [];
  }
}
