import type { JournalRecord, JournalView } from '../journal/index.js';
import { formatCountOf } from './format.js';
import {
  cell,
  figureColumn,
  GAP,
  type Line,
  line,
  type Page,
  textColumn,
  wholeColumn,
} from './page.js';

export interface JournalFilter {
  readonly run?: string | undefined;
  readonly step?: string | undefined;
  readonly types?: readonly string[] | undefined;
  /** How many of the newest. */
  readonly last?: number | undefined;
}

/** What every document about a journal says of it. */
export interface JournalStanding {
  readonly path: string;
  readonly journal: string | null;
  readonly count: number;
  readonly torn: JournalView['torn'];
  readonly damage: JournalView['damage'];
}

export function journalStanding({ path, id, records, torn, damage }: JournalView): JournalStanding {
  return { path, journal: id, count: records.length, torn, damage };
}

export function selectRecords(
  records: readonly JournalRecord[],
  { run, step, types, last }: JournalFilter,
): readonly JournalRecord[] {
  const found = records.filter(
    (record) =>
      (run === undefined || record.run === run) &&
      (step === undefined || record.step === step) &&
      (types === undefined || types.includes(record.type)),
  );
  return last === undefined ? found : found.slice(-last);
}

/** Records one a row, and what is wrong with the journal, if anything is. */
export function journalPage(view: JournalView, records: readonly JournalRecord[]): Page {
  return [
    {
      kind: 'table',
      columns: [
        figureColumn('NO'),
        wholeColumn('AT'),
        textColumn('TYPE'),
        textColumn('STEP'),
        textColumn('RUN'),
      ],
      rows: records.map((record) => [
        cell(String(record.seq)),
        cell(record.at.replace('T', ' ').replace(/\.\d+Z$/, 'Z')),
        cell(record.type),
        cell(record.step ?? ''),
        cell(record.run),
      ]),
      empty:
        view.records.length === 0
          ? `The journal ${view.path} has no records.`
          : `None of ${formatCountOf(view.records.length, 'record', 'records')} is of that kind.`,
    },
    ...conditionLines(view),
  ];
}

/** Whole records under each other. */
export function recordsPage(view: JournalView, records: readonly JournalRecord[]): Page {
  return [
    ...records.flatMap((record, at) => [...(at === 0 ? [] : [GAP]), ...recordLines(record)]),
    ...conditionLines(view),
  ];
}

/** Whether the journal is whole. */
export function journalVerdictPage(view: JournalView): Page {
  const ok = view.damage === null;
  const count = formatCountOf(view.records.length, 'record', 'records');
  return [
    line(ok ? `${view.path} is whole: ${count}.` : `${view.path} is damaged after ${count}.`, {
      tone: ok ? 'good' : 'bad',
    }),
    ...conditionLines(view),
  ];
}

function conditionLines({ torn, damage }: JournalView): readonly Line[] {
  const lines: Line[] = [];
  if (damage !== null) {
    const what = `Line ${damage.line} and what follows cannot be trusted: ${damage.message}`;
    lines.push(GAP, line(what, { tone: 'bad' }));
    lines.push(
      line('Forward commands refuse; a rollback is allowed, and goes by what Redis says.'),
    );
  }
  if (torn !== null) {
    const what = `Line ${torn.line} is not finished: it is being written now, or its writer was killed.`;
    lines.push(GAP, line(what, { tone: 'warn' }));
    lines.push(line('The next command that writes cuts it off and notes it.'));
  }
  return lines;
}

function recordLines(record: JournalRecord): readonly Line[] {
  const step = record.step === undefined ? '' : `  ${record.step}`;
  const data = JSON.stringify(record.data, null, 2).split('\n');
  return [
    line(`${record.seq}  ${record.type}${step}`, { tone: 'strong', whole: true }),
    line(`at ${record.at}, by Redis ${record.redisAt ?? 'not known'}`, { indent: 2 }),
    line(`run ${record.run}`, { indent: 2, whole: true }),
    line(`hash ${record.hash}`, { indent: 2, tone: 'dim', whole: true }),
    ...data.map((text) => {
      const body = text.trimStart();
      return line(body, { indent: 2 + text.length - body.length, whole: true });
    }),
  ];
}
