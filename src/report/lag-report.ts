import type { GroupLag, LagHeadroom, LagState } from '../checks/index.js';
import { formatCount, formatDuration, UNKNOWN } from './format.js';
import {
  type Cell,
  cell,
  figureColumn,
  nameColumn,
  rowsUnder,
  type Table,
  type Tone,
  wholeColumn,
} from './page.js';

export interface LagReport {
  /** ISO 8601, by Redis's clock. */
  readonly at: string;
  readonly groups: readonly GroupLag[];
}

/**
 * The groups under their streams, so that both names can be read in full.
 * @param notInUse groups of the side that their module is not on: nobody is to read them now
 */
export function lagTable(
  report: LagReport,
  notInUse: ReadonlySet<GroupLag> = new Set<GroupLag>(),
): Table {
  return {
    kind: 'table',
    columns: [
      nameColumn('GROUP'),
      figureColumn('LAG'),
      figureColumn('PENDING'),
      figureColumn('OLDEST'),
      figureColumn('HEADROOM'),
      wholeColumn('STATE'),
    ],
    rows: rowsUnder(
      report.groups,
      ({ stream }) => stream,
      (group) => [
        cell(`  ${group.group}`),
        cell(lagText(group)),
        cell(formatCount(group.pending)),
        cell(formatDuration(oldest(group))),
        cell(headroomText(group.headroom)),
        notInUse.has(group) ? cell('not in use', 'dim') : stateCell(group.state),
      ],
    ),
    empty: 'No consumer group was found.',
  };
}

/** `12,345`, `≥ 1,001` where only a lower bound is known, `-` where nothing is. */
export function lagText(group: Pick<GroupLag, 'lag' | 'lagAtLeast'>): string {
  if (group.lag !== null) return formatCount(group.lag);
  return group.lagAtLeast === null ? UNKNOWN : `≥ ${formatCount(group.lagAtLeast)}`;
}

/** Time where it is known, else entries, such as `9,800 left`. */
function headroomText(headroom: LagHeadroom): string {
  if (headroom.unlimited) return 'unlimited';
  if (headroom.seconds !== null) return formatDuration(headroom.seconds * 1_000);
  return headroom.entries === null ? UNKNOWN : `${formatCount(headroom.entries)} left`;
}

function oldest(group: GroupLag): number | null {
  const ages = [group.oldestPendingMs, group.oldestUndeliveredMs].filter((age) => age !== null);
  return ages.length === 0 ? null : Math.max(...ages);
}

function stateCell(state: LagState): Cell {
  return cell(state === 'ok' ? state : state.toUpperCase(), TONES[state]);
}

const TONES: Readonly<Record<LagState, Tone>> = {
  ok: 'good',
  warn: 'warn',
  unknown: 'warn',
  stall: 'bad',
  stop: 'bad',
  rewind: 'bad',
  missing: 'bad',
};
