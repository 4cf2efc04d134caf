import {
  type Fields,
  fieldsOf,
  listOf,
  numberOf,
  ownKeys,
  type RedisLink,
  textOf,
} from '../redis/index.js';
import type { Journal } from './journal.js';
import { leaseOutrun } from './lease-problems.js';
import type { JournalRecord } from './record.js';
import {
  ANNOUNCE,
  ANNOUNCED_BEGIN,
  HALT_CLEAR,
  HALT_RAISE,
  STATE_WRITE,
} from './shared-scripts.js';

/*
 * What every host must know, in one hash beside the streams: whose journal is the memory of this
 * migration and how far it goes, which run is open, and whether a halt is in force. Fields are plain
 * text, so that `HGETALL` reads well at night; every field may be missing.
 *
 *   journal host stateDir seq hash · run.id run.verb run.module · halt.reason halt.by halt.at halt.redisAt
 *   rollback.command rollback.due rollback.begun, which go with the halt
 */

export interface SharedState {
  readonly journal: SharedJournal | null;
  readonly run: SharedRun | null;
  readonly halt: Halt | null;
  /** A rollback that `watch` will carry out, or has; clearing the halt calls it off. */
  readonly announced: AnnouncedRollback | null;
}

export interface AnnouncedRollback {
  readonly command: string;
  /** ISO 8601, by Redis's clock: not before then. */
  readonly dueAt: string;
  /** ISO 8601, by Redis's clock; null until it is begun, which happens once. */
  readonly begunAt: string | null;
}

interface SharedJournal {
  readonly id: string;
  readonly host: string;
  readonly stateDir: string;
  /** Of the last record that was made known. */
  readonly seq: number;
  readonly hash: string;
}

export interface SharedRun {
  readonly id: string;
  readonly verb: string;
  readonly module: string | null;
}

export interface Halt {
  readonly reason: string;
  /** Who raised it, such as a user name with a host, or `watch`. */
  readonly by: string;
  /** ISO 8601, by the clock of the host that raised it; null where it was set by hand. */
  readonly at: string | null;
  /** ISO 8601, by Redis's clock; null where it was set by hand. */
  readonly redisAt: string | null;
}

export async function readShared(link: RedisLink, prefix: string): Promise<SharedState> {
  const fields = fieldsOf(await link.command('HGETALL', ownKeys.state(prefix)));
  return sharedOf(fields);
}

interface SharedWrite {
  /** Of the lease; a run that has been outrun is refused. */
  readonly token: number;
  readonly host: string;
  readonly journal: Pick<Journal, 'id' | 'last' | 'stateDir'>;
  /** The run that is open now, null for none; left out: as it was. */
  readonly run?: SharedRun | null;
}

/**
 * Makes the journal's last record known, and the open run. Only the holder of the lease may, after
 * every append; a journal without a record has nothing to make known.
 * @throws {OrionError} `lease.lost` when a later run has taken the lease
 */
export async function writeShared(
  link: RedisLink,
  prefix: string,
  { token, host, journal, run }: SharedWrite,
): Promise<void> {
  const { id, last, stateDir } = journal;
  const fields: (string | number)[] = [];
  if (id !== null && last !== null) {
    fields.push('journal', id, 'host', host, 'stateDir', stateDir);
    fields.push('seq', last.seq, 'hash', last.hash);
  }
  if (run) fields.push('run.id', run.id, 'run.verb', run.verb);
  if (run && run.module !== null) fields.push('run.module', run.module);
  const counter = ownKeys.leaseToken(prefix);
  const args = [token, run === undefined ? 'keep' : 'replace', ...fields];
  const found = await link.script(STATE_WRITE, [counter, ownKeys.state(prefix)], args);
  if (found !== '') throw leaseOutrun(counter, token, textOf(found));
}

/**
 * Puts a halt in force; needs no lease. One that is in force already stays as it is, so that its first
 * reason and time are not lost.
 * @returns the halt in force now, and whether it is the one just raised
 */
export async function raiseHalt(
  link: RedisLink,
  prefix: string,
  halt: { readonly reason: string; readonly by: string; readonly at: string },
): Promise<{ readonly halt: Halt; readonly raised: boolean }> {
  const args = [halt.reason, halt.by, halt.at];
  const reply = await link.script(HALT_RAISE, [ownKeys.state(prefix)], args);
  const [raised, fields] = listOf(reply);
  const inForce = haltOf(fieldsOf(fields)) ?? { ...halt, redisAt: null };
  return { halt: inForce, raised: raised === 1 };
}

/**
 * Announces a rollback under the halt in force; a later announcement changes its command, never its
 * time. Needs no lease, as a halt does.
 * @returns what is announced now; null where no halt is in force
 */
export async function announceRollback(
  link: RedisLink,
  prefix: string,
  { command, graceMs }: { readonly command: string; readonly graceMs: number },
): Promise<AnnouncedRollback | null> {
  const reply = await link.script(ANNOUNCE, [ownKeys.state(prefix)], [command, graceMs]);
  return announcedOf(fieldsOf(reply));
}

/** Takes up the announced rollback: true for one caller alone, once its time has come. */
export async function beginAnnounced(link: RedisLink, prefix: string): Promise<boolean> {
  return (await link.script(ANNOUNCED_BEGIN, [ownKeys.state(prefix)], [])) === 1;
}

/** Ends the halt in force and returns it; null when there was none. */
export async function clearHalt(link: RedisLink, prefix: string): Promise<Halt | null> {
  return haltOf(fieldsOf(await link.script(HALT_CLEAR, [ownKeys.state(prefix)], [])));
}

/**
 * Whether a `halt.raised` with this halt as its data is among the records. `watch` raises one without
 * being able to record it; the next holder of the lease does.
 */
export function knowsHalt(records: readonly JournalRecord[], halt: Halt): boolean {
  return records.some(
    ({ type, data }) =>
      type === 'halt.raised' && data['redisAt'] === halt.redisAt && data['reason'] === halt.reason,
  );
}

function sharedOf(fields: Fields): SharedState {
  return {
    journal: journalOf(fields),
    run: runOf(fields),
    halt: haltOf(fields),
    announced: announcedOf(fields),
  };
}

function announcedOf(fields: Fields): AnnouncedRollback | null {
  const dueMs = numberOf(fields.get('rollback.due'));
  const begunMs = numberOf(fields.get('rollback.begun'));
  if (dueMs === null) return null;
  return {
    command: textOf(fields.get('rollback.command')),
    dueAt: new Date(dueMs).toISOString(),
    begunAt: begunMs === null ? null : new Date(begunMs).toISOString(),
  };
}

function journalOf(fields: Fields): SharedJournal | null {
  if (!fields.has('journal')) return null;
  return {
    id: textOf(fields.get('journal')),
    host: textOf(fields.get('host')),
    stateDir: textOf(fields.get('stateDir')),
    seq: numberOf(fields.get('seq')) ?? 0,
    hash: textOf(fields.get('hash')),
  };
}

function runOf(fields: Fields): SharedRun | null {
  if (!fields.has('run.id')) return null;
  return {
    id: textOf(fields.get('run.id')),
    verb: textOf(fields.get('run.verb')),
    module: fields.has('run.module') ? textOf(fields.get('run.module')) : null,
  };
}

// A reason alone is a halt: an operator may have set it by hand when the tool could not run.
function haltOf(fields: Fields): Halt | null {
  if (!fields.has('halt.reason')) return null;
  const redisMs = numberOf(fields.get('halt.redisAt'));
  return {
    reason: textOf(fields.get('halt.reason')),
    by: textOf(fields.get('halt.by')) || 'unknown',
    at: textOf(fields.get('halt.at')) || null,
    redisAt: redisMs === null ? null : new Date(redisMs).toISOString(),
  };
}
