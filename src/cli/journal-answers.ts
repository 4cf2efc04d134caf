import type { JournalView } from '../journal/index.js';
import { OrionError } from '../problems/index.js';
import {
  type JournalFilter,
  journalPage,
  journalStanding,
  journalVerdictPage,
  recordsPage,
  selectRecords,
} from '../report/index.js';
import type { Answer } from './answer.js';

/** The records that pass the filter, one a row. */
export function journalList(view: JournalView, filter: JournalFilter): Answer {
  const records = selectRecords(view.records, filter);
  return {
    document: { ...journalStanding(view), records },
    page: journalPage(view, records),
  };
}

/**
 * Whole records, by number or by run.
 * @throws {OrionError} `journal.no-such-record`
 */
export function journalRecords(view: JournalView, which: string): Answer {
  const records = view.records.filter(
    (record) => record.run === which || String(record.seq) === which,
  );
  if (records.length === 0) {
    throw new OrionError({
      kind: 'usage',
      code: 'journal.no-such-record',
      message: `No record in ${view.path} has the number or the run ${JSON.stringify(which)}.`,
      next: ['orion-bus journal list'],
    });
  }
  return {
    document: { ...journalStanding(view), records },
    page: recordsPage(view, records),
  };
}

/** Whether the journal can be trusted; code 1 when it cannot. */
export function journalVerdict(view: JournalView): Answer {
  const ok = view.damage === null;
  const exitCode = ok ? 0 : 1;
  return {
    document: { ok, exitCode, ...journalStanding(view) },
    page: journalVerdictPage(view),
    exitCode,
    next: ok ? [] : ['orion-bus status'],
  };
}
