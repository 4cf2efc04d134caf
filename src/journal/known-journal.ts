import type { JsonObject } from '../problems/index.js';
import type { RedisLink } from '../redis/index.js';
import type { Journal, JournalView } from './journal.js';
import { damaged, foreignJournal } from './journal-problems.js';
import type { JournalRecord } from './record.js';
import { openRun } from './runs.js';
import { readShared, type SharedState, writeShared } from './shared-state.js';

/**
 * Refuses where the journal on this host is not the memory of the migration that Redis knows of.
 * A rollback goes on all the same, from reality; a forward verb does not.
 * @throws {OrionError} `journal.foreign` for another journal, naming its host and path;
 *   `journal.damaged` where records that Redis knows of are missing from this one
 */
export function assertKnownJournal(
  { journal: known }: Pick<SharedState, 'journal'>,
  journal: Pick<JournalView, 'path' | 'id' | 'records'>,
): void {
  if (known === null) return;
  if (known.id !== journal.id) throw foreignJournal(journal.path, known.host, known.stateDir);
  // The journal may be ahead: its writer can die between the disk and Redis.
  if (known.seq > journal.records.length) {
    const missing = `it ends at record ${journal.records.length}, and Redis knows of ${known.seq}`;
    throw damaged(journal.path, { message: missing });
  }
  if (known.seq > 0 && journal.records[known.seq - 1]?.hash !== known.hash) {
    const other = `record ${known.seq} is not the one that Redis knows of`;
    throw damaged(journal.path, { message: other });
  }
}

interface Adoption {
  readonly token: number;
  readonly host: string;
  readonly journal: Journal;
  /** The id of the run that adopts. */
  readonly run: string;
  readonly reason: string;
  /** On which side each module is taken to be from now on, as it was found. */
  readonly modules: JsonObject;
  readonly redisAt: number | null;
}

/**
 * Makes this journal the memory of the migration from now on, in place of the one that Redis knows of:
 * that one's place, end and open run go into an `adopted` record.
 */
export async function adopt(
  link: RedisLink,
  prefix: string,
  { token, host, journal, run, reason, modules, redisAt }: Adoption,
): Promise<JournalRecord> {
  const before = await readShared(link, prefix);
  const data = {
    reason,
    modules,
    journal: before.journal && { ...before.journal },
    run: before.run && { ...before.run },
  };
  const record = await journal.append({ type: 'adopted', run, data, redisAt });
  const open = openRun(journal.records);
  const verb = open?.data['verb'];
  const module = open?.data['module'];
  await writeShared(link, prefix, {
    token,
    host,
    journal,
    run: open && {
      id: open.run,
      verb: typeof verb === 'string' ? verb : 'unknown',
      module: typeof module === 'string' ? module : null,
    },
  });
  return record;
}
