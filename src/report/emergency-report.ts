import type { MatrixAction, MatrixPhase } from '../checks/index.js';
import type { Verdict } from '../problems/index.js';
import type { MigrationStatus } from '../runbooks/index.js';
import {
  cell,
  type Line,
  line,
  type Page,
  type Table,
  type Tone,
  textColumn,
  wholeColumn,
} from './page.js';

type EmergencyStatus = NonNullable<MigrationStatus['emergency']>;

const PHASES: readonly MatrixPhase[] = [1, 2, 3];

/** The decision matrix with the column of now marked, each criterion as it stands, and the advice. */
export function emergencyPage(emergency: EmergencyStatus, phase: string): Page {
  return [
    line('Decision matrix', { tone: 'strong' }),
    matrixTable(emergency),
    line(
      emergency.sampledAt === null
        ? `No new sample says how it stands in ${phase}: orion-bus watch takes them.`
        : `As sampled at ${emergency.sampledAt.replace('T', ' ').replace(/\.\d+Z$/, 'Z')}.`,
      { indent: 2, tone: emergency.sampledAt === null ? 'warn' : 'dim' },
    ),
    ...emergency.issues
      .filter(({ verdict }) => verdict === 'fail')
      .map(({ message }) => line(message, { indent: 2, tone: 'bad' })),
    ...adviceLines(emergency),
  ];
}

function matrixTable({ matrix, column, issues }: EmergencyStatus): Table {
  return {
    kind: 'table',
    columns: [
      textColumn('ISSUE'),
      wholeColumn('NOW'),
      ...PHASES.map((phase) =>
        wholeColumn(phase === column ? `>PHASE ${phase}` : `PHASE ${phase}`),
      ),
    ],
    rows: matrix.map(({ issue, title, actions }) => {
      const verdict = issues.find((each) => each.issue === issue)?.verdict ?? 'inconclusive';
      const { word, tone } = STANDS[verdict];
      return [
        cell(title),
        cell(column === null ? '-' : word, column === null ? 'dim' : tone),
        ...PHASES.map((phase) =>
          cell(ACTIONS[actions[phase]], phase === column ? 'strong' : 'dim'),
        ),
      ];
    }),
    empty: '',
  };
}

const STANDS: Readonly<Record<Verdict, { readonly word: string; readonly tone: Tone }>> = {
  pass: { word: 'no', tone: 'good' },
  fail: { word: 'YES', tone: 'bad' },
  inconclusive: { word: 'unknown', tone: 'warn' },
  error: { word: 'error', tone: 'bad' },
};

const ACTIONS: Readonly<Record<MatrixAction, string>> = {
  monitor: 'monitor',
  stop: 'stop',
  'revert-module': 'revert module',
  'full-rollback': 'full rollback',
  'n/a': 'n/a',
};

function adviceLines({ advice }: EmergencyStatus): readonly Line[] {
  if (advice === null) return [];
  const why =
    advice.because === 'matrix'
      ? 'The matrix says to go back:'
      : 'It is not clear how things stand; when in doubt, go back:';
  return [line(why, { indent: 2, tone: 'bad' }), line(advice.command, { indent: 4, whole: true })];
}
