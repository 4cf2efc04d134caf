import { hash } from 'node:crypto';
import type { JsonObject } from '../problems/index.js';
import { canonicalJson } from './canonical-json.js';

/*
 * record   one line of the journal: what a run intended or observed, never changed afterwards
 * chain    each record carries the hash of the one before it (`prev`) and its own, which covers
 *          `prev` and everything else in the record, so no line can be changed, removed from the
 *          middle or put in without all later hashes being wrong
 */

const RECORD_TYPES = [
  'run.started',
  'run.resumed',
  'run.finished',
  'run.superseded',
  'step.intended',
  'step.done',
  'step.failed',
  'step.skipped',
  'step.undone',
  'verdict',
  'gate.overridden',
  'halt.raised',
  'halt.cleared',
  'claim',
  'ack',
  'ghosts',
  'stale',
  'adopted',
] as const;

export type RecordType = (typeof RECORD_TYPES)[number];

export const RECORD_VERSION = 1;

/** What the first record names as the hash before it. */
export const NO_HASH = '0'.repeat(64);

export interface JournalRecord {
  readonly v: typeof RECORD_VERSION;
  /** 1 for the first record of a journal, then without a gap. */
  readonly seq: number;
  /** This host's clock, ISO 8601 in UTC. */
  readonly at: string;
  /** Redis's clock, which alone counts for durations; null where Redis could not be asked. */
  readonly redisAt: string | null;
  readonly run: string;
  readonly step?: string;
  readonly type: RecordType;
  readonly data: JsonObject;
  readonly prev: string;
  /** sha256 (hex) of `prev` followed by the canonical JSON of the record without `hash`. */
  readonly hash: string;
}

export interface SealedRecord {
  readonly record: JournalRecord;
  /** The record's canonical JSON, without the line's end. */
  readonly line: string;
}

/** Gives a record its hash. */
export function seal(unsealed: Omit<JournalRecord, 'hash'>): SealedRecord {
  const body = canonicalJson({ ...unsealed });
  const digest = hash('sha256', unsealed.prev + body);
  // Keys are sorted, so `hash` belongs right before `prev`. What follows the record's own `prev` are
  // scalars, and inside a string a quote is escaped: the last occurrence is the one meant.
  const at = body.lastIndexOf('"prev":"');
  const line = `${body.slice(0, at)}"hash":"${digest}",${body.slice(at)}`;
  // Read back, so that the writer goes by the very record that every later reader will see.
  return { record: JSON.parse(line) as JournalRecord, line };
}

/**
 * Reads one line. The hash is taken over the line's own text, so any other way of writing the same
 * record fails as well.
 * @returns the record, or why the line is none
 */
export function unseal(line: string): JournalRecord | Unsealable {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: 'unparsable' };
  }
  if (!isObject(value)) return { kind: 'unparsable' };
  // Asked first: a newer version may have another shape and another hash.
  if (typeof value['v'] === 'number' && value['v'] > RECORD_VERSION) return { kind: 'version' };
  if (!hasShape(value)) return { kind: 'unparsable' };
  if (digestOf(line, value) !== value.hash) return { kind: 'chain' };
  // A sound record of a type that this version does not know was written by a newer one.
  if (!RECORD_TYPES.some((type) => type === value.type)) return { kind: 'version' };
  return value;
}

export interface Unsealable {
  readonly kind: 'unparsable' | 'chain' | 'version';
}

function digestOf(line: string, record: JournalRecord): string | null {
  const own = `,"hash":"${record.hash}"`;
  const at = line.lastIndexOf(own);
  if (at === -1) return null;
  return hash('sha256', record.prev + line.slice(0, at) + line.slice(at + own.length));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Says nothing yet about the type's being one of ours; `unseal` asks that last.
function hasShape(value: object): value is JournalRecord {
  const record = value as Partial<Record<keyof JournalRecord, unknown>>;
  return (
    record.v === RECORD_VERSION &&
    Number.isSafeInteger(record.seq) &&
    typeof record.at === 'string' &&
    (record.redisAt === null || typeof record.redisAt === 'string') &&
    typeof record.run === 'string' &&
    (record.step === undefined || typeof record.step === 'string') &&
    typeof record.type === 'string' &&
    isObject(record.data) &&
    typeof record.prev === 'string' &&
    typeof record.hash === 'string'
  );
}
