import type { MigrationHistory, OpenRun } from '../../checks/index.js';
import {
  assertKnownJournal,
  Journal,
  type JournalView,
  readShared,
  type SharedState,
} from '../../journal/index.js';
import { OrionError } from '../../problems/index.js';
import { type ModuleStanding, standings } from '../../steps/index.js';
import { historyOf } from '../history.js';
import type { Host } from './host.js';

/** Where the whole migration stands, as journal, Redis, settings and readers tell. */
export interface Standing {
  readonly journal: JournalView;
  readonly shared: SharedState;
  readonly history: MigrationHistory;
  readonly modules: ReadonlyMap<string, ModuleStanding>;
  /** Why the journal cannot be relied on: it is damaged, or another one is the memory. */
  readonly journalProblem: OrionError | null;
}

type Looking = Pick<Host, 'plan' | 'redis' | 'clock'>;

/**
 * @param of `part`: as a part of an open run sees it, to which only an open run about a service counts
 * @throws {OrionError} when Redis does not answer
 */
export async function readStanding(
  host: Looking,
  of: 'whole' | 'part' = 'whole',
): Promise<Standing> {
  const { plan, redis } = host;
  const journal = await Journal.read(plan.stateDir);
  const shared = await readShared(redis, plan.streams.prefix);
  const whole = historyOf(journal.records, shared);
  const history = of === 'whole' ? whole : { ...whole, openRun: openServiceRun(whole) };
  const modules = await standings({ ...host, history });
  return { journal, shared, history, modules, journalProblem: journalProblemOf(journal, shared) };
}

function openServiceRun({ openPart, openRun }: MigrationHistory): OpenRun | null {
  return openPart ?? (openRun?.module == null ? null : openRun);
}

/** Why the journal cannot be relied on, as far as it and Redis tell; null where it can. */
export function journalProblemOf(
  journal: JournalView,
  shared: Pick<SharedState, 'journal'>,
): OrionError | null {
  if (journal.damage !== null) {
    return new OrionError({
      kind: 'prerequisite',
      code: 'journal.damaged',
      message: `The journal ${journal.path} is damaged: ${journal.damage.message}.`,
      hint: 'Nothing was changed. Going back is possible; going forward is not.',
      next: ['orion-bus journal verify', 'orion-bus rollback --phase 2'],
    });
  }
  try {
    assertKnownJournal(shared, journal);
    return null;
  } catch (error) {
    if (error instanceof OrionError) return error;
    throw error;
  }
}
