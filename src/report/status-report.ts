import type { MigrationPhase } from '../checks/index.js';
import type { MigrationStatus } from '../runbooks/index.js';
import { emergencyPage } from './emergency-report.js';
import { formatCount, formatCountOf, formatDuration, UNKNOWN } from './format.js';
import { gateLines } from './move-report.js';
import {
  cell,
  figureColumn,
  GAP,
  type Line,
  line,
  nameColumn,
  type Page,
  type Table,
  type Tone,
  wholeColumn,
} from './page.js';

type ModuleStatus = MigrationStatus['modules'][number];

/** Where it stands as a whole, every module, and the gates of the next one. */
export function statusPage(status: MigrationStatus): Page {
  return [
    line(`${status.phase}: ${PHASES[status.phase]}`, { tone: 'strong' }),
    ...aroundLines(status),
    GAP,
    modulesTable(status.modules),
    ...redeliveryLines(status.modules),
    ...status.modules.flatMap(troubleLines),
    ...gatesLines(status),
    ...emergencyLines(status),
    GAP,
  ];
}

const PHASES: Readonly<Record<MigrationPhase, string>> = {
  P0: 'nothing has been moved, and phase 1 has not been started',
  P1r: 'phase 1 is being started',
  P1: 'both buses run in parallel, and phase 1 soaks',
  'P1✓': 'phase 1 is over, the first module may move',
  P2: 'modules are on the move',
  'P2✓': 'every module is on the target, and every soak is over',
  P3r: 'the publishers are being moved',
  P3: 'the source bus is stopped, and the burn-in runs',
  'P3✓': 'the burn-in is over',
  Fr: 'the source bus is being archived',
  F: 'the migration is complete',
  R1: 'a rollback of phase 1 is not finished',
  R2: 'a rollback of phase 2 is not finished',
  R3: 'a rollback of phase 3 is not finished',
};

function aroundLines(status: MigrationStatus): readonly Line[] {
  const { at, halt, announced, openRun, lease, journal } = status;
  const fact = (name: string, text: string, tone: Tone = 'plain'): Line =>
    line(`${name.padEnd(9)} ${text}`, { indent: 2, tone });
  const unknown = at === null ? UNKNOWN : 'none';
  const records = formatCountOf(journal.records, 'record', 'records');
  return [
    halt === null
      ? fact('halt', unknown)
      : fact('halt', `${halt.reason} (by ${halt.by}, ${halt.at})`, 'bad'),
    ...(announced === null ? [] : [fact('', announcedText(announced), 'bad')]),
    openRun === null
      ? fact('open run', 'none')
      : fact(
          'open run',
          `${openRun.verb}${openRun.module === null ? '' : ` of ${openRun.module}`}, ${openRun.run}`,
          'warn',
        ),
    lease === null ? fact('lease', unknown) : fact('lease', holderText(lease), 'warn'),
    fact('journal', `${journal.path}, ${records}`),
    ...(journal.problem === null ? [] : [fact('', journal.problem.message, 'bad')]),
    ...(journal.torn ? [fact('', 'its last record is not finished', 'warn')] : []),
  ];
}

function announcedText({
  command,
  dueAt,
  begunAt,
}: NonNullable<MigrationStatus['announced']>): string {
  return begunAt === null
    ? `at ${dueAt} watch carries out: ${command}`
    : `begun by watch at ${begunAt}: ${command}`;
}

function holderText({ holder, remainingMs }: NonNullable<MigrationStatus['lease']>): string {
  const left = remainingMs === null ? '' : `, runs out in ${formatDuration(remainingMs)}`;
  return `${holder.verb} on ${holder.host}, pid ${holder.pid}${left}`;
}

function modulesTable(modules: readonly ModuleStatus[]): Table {
  return {
    kind: 'table',
    columns: [
      nameColumn('MODULE'),
      wholeColumn('STATE'),
      wholeColumn('SETTINGS'),
      wholeColumn('READS ON'),
      figureColumn('SOAK LEFT'),
    ],
    rows: modules.map((module) => [
      cell(module.module),
      cell(`${module.letter.padEnd(2)} ${module.state}`, TONES[module.state]),
      cell(module.settings.side, isClear(module) ? 'plain' : 'warn'),
      cell(readersText(module.readers)),
      cell(formatDuration(module.soakLeftMs)),
    ]),
    empty: 'The configuration names no module.',
  };
}

const TONES: Readonly<Record<ModuleStatus['state'], Tone>> = {
  source: 'plain',
  moving: 'warn',
  soaking: 'good',
  soaked: 'good',
  'going-back': 'warn',
  stranded: 'bad',
  drift: 'bad',
};

/** Why a module is where it should not stay, and what takes it up. */
function troubleLines(module: ModuleStatus): readonly Line[] {
  if (module.state === 'source' || module.next === null) return [];
  const unread = module.settings.places.filter(({ side }) => side === null);
  return [
    GAP,
    line(`${module.module}: ${module.because}`, { tone: TONES[module.state] }),
    ...unread.map(({ file, key, found }) =>
      line(`${file}${key === null ? '' : `, ${key}`}: ${found}`, { indent: 2, tone: 'dim' }),
    ),
    line(module.next, { indent: 2, whole: true }),
  ];
}

/** What putting a module back without this tool would cost, and what keeps its source group back. */
function redeliveryLines(modules: readonly ModuleStatus[]): readonly Line[] {
  const lines = modules.flatMap(({ module, redelivery }) => {
    if (redelivery === null) return [];
    const { count, streams, drifting } = redelivery;
    const text = `${module}: a rollback by hand would re-deliver ${formatCount(count)}`;
    return [
      line(text, { indent: 2, tone: count > 0 ? 'plain' : 'dim' }),
      ...streams
        .filter(({ pinnedBy }) => pinnedBy.length > 0)
        .map(({ stream, pinnedBy }) =>
          line(`${stream} is pinned by ${pinnedBy.join(' ')}`, { indent: 4, tone: 'warn' }),
        ),
      ...drifting.map((group) =>
        line(`${group} was moved by somebody else, and is not kept warm any more`, {
          indent: 4,
          tone: 'warn',
        }),
      ),
    ];
  });
  return lines.length === 0 ? [] : [GAP, ...lines];
}

function gatesLines({ gates, gatesProblem }: MigrationStatus): readonly Line[] {
  if (gatesProblem !== null) {
    return [GAP, line(`The gates were not asked: ${gatesProblem}`, { tone: 'warn' })];
  }
  if (gates === null || gates.results.length === 0) return [];
  const of = gates.module ?? gates.command.replace('orion-bus ', '');
  return [GAP, line(`Gates of ${of}`, { tone: 'strong' }), ...gateLines(gates.results)];
}

function emergencyLines({ emergency, halt, phase }: MigrationStatus): Page {
  if (emergency === null || (emergency.column === null && halt === null)) return [];
  return [GAP, ...emergencyPage(emergency, phase)];
}

function isClear({ settings }: ModuleStatus): boolean {
  return settings.side === 'source' || settings.side === 'target';
}

function readersText(readers: ModuleStatus['readers']): string {
  if (readers === null) return UNKNOWN;
  return readers.length === 0 ? 'nobody seen' : readers.join(', ');
}
