import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { type JournalRecord, NO_HASH, unseal } from './record.js';

/** The end of a file that a writer did not finish: bytes after the last line's end. */
export interface TornLine {
  readonly line: number;
  readonly bytes: number;
  /** The beginning of it, for the operator's eye. */
  readonly head: string;
}

/** The first line that cannot be trusted; nothing after it is read. */
export interface Damage {
  readonly kind: 'unparsable' | 'chain' | 'sequence' | 'version';
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

export interface Scan {
  /** The records before the damage, all of them where there is none. */
  readonly records: JournalRecord[];
  /** Length of the file up to the last whole line that was read. */
  readonly bytes: number;
  readonly torn: TornLine | null;
  readonly damage: Damage | null;
}

const CHUNK_BYTES = 1 << 20;
const LINE_END = 0x0a;
const HEAD_BYTES = 200;

/** Reads and proves a journal from its beginning, a chunk at a time. */
export async function scan(file: FileHandle): Promise<Scan> {
  const chain = new Chain();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  // A line may be longer than a chunk; its pieces are joined once, when its end is found.
  let pieces: Buffer[] = [];
  let position = 0;
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    let from = 0;
    for (;;) {
      const end = chunk.subarray(0, bytesRead).indexOf(LINE_END, from);
      if (end === -1) break;
      const line = chunk.subarray(from, end);
      const damage = chain.add(pieces.length === 0 ? line : Buffer.concat([...pieces, line]));
      if (damage !== null) return { records: chain.records, bytes, torn: null, damage };
      bytes = position - bytesRead + end + 1;
      pieces = [];
      from = end + 1;
    }
    if (from < bytesRead) pieces.push(Buffer.from(chunk.subarray(from, bytesRead)));
  }
  const torn = tornLine(Buffer.concat(pieces), chain.records.length + 1);
  return { records: chain.records, bytes, torn, damage: null };
}

class Chain {
  readonly records: JournalRecord[] = [];
  #prev = NO_HASH;

  /** Takes the next line, or says what is wrong with it. */
  add(line: Buffer): Damage | null {
    // Bytes that are no UTF-8 would be read as replacement characters, and could hide a change.
    const record = isUtf8(line) ? unseal(line.toString('utf8')) : { kind: 'unparsable' as const };
    const seq = this.records.length + 1;
    if ('kind' in record) return damage(record.kind, seq);
    if (record.seq !== seq) return damage('sequence', seq);
    if (record.prev !== this.#prev) return damage('chain', seq);
    this.records.push(record);
    this.#prev = record.hash;
    return null;
  }
}

function damage(kind: Damage['kind'], line: number): Damage {
  const message = {
    unparsable: `line ${line} is not a record`,
    chain: `line ${line} or the one before it was changed: the chain of hashes is broken`,
    sequence: `line ${line} does not carry the number ${line}: lines are missing or out of order`,
    version: `line ${line} was written by a newer orion-bus`,
  }[kind];
  return { kind, line, message };
}

function tornLine(rest: Buffer, line: number): TornLine | null {
  if (rest.length === 0) return null;
  return { line, bytes: rest.length, head: rest.subarray(0, HEAD_BYTES).toString('utf8') };
}
