import type { Cell, Tone } from '../../report/index.js';
import { cell, formatCount, formatDuration, lagText, UNKNOWN } from '../../report/index.js';
import type { FollowedGroup } from '../../steps/index.js';
import { backlogBar, formatRate, sparkline } from './gauges.js';
import type { ListColumn } from './list-column.js';
import type { ViewSettings } from './view-state.js';

type Limits = ViewSettings['limits'];

/** How far back the sparkline goes. */
export const SPARK_MS = 300_000;

/**
 * The columns of the groups, in the order in which they stand; `rank` says which come first where the
 * terminal is narrow.
 */
export function groupColumns({
  limits,
  prefix,
}: ViewSettings): readonly ListColumn<FollowedGroup>[] {
  return [
    {
      ...name('STREAM', 6, [8, 24], ({ figures }) => figures.stream),
      cell: ({ figures: { stream } }, width) =>
        cell(stream.length <= width ? stream : stream.replace(`${prefix}:`, '')),
    },
    name('GROUP', 0, [22, 40], ({ figures }) => figures.group),
    name('MODULE', 11, [9, 12], ({ figures }) => figures.module ?? UNKNOWN),
    name('SIDE', 12, [7, 7], ({ figures }) => figures.side),
    figure('LAG', 2, 7, ({ figures }) => lagText(figures), lagKnown),
    figure(
      'PENDING',
      3,
      7,
      ({ figures }) => formatCount(figures.pending),
      ({ figures }) => figures.pending,
    ),
    figure('BACKLOG', 10, 8, ({ figures }) => formatCount(figures.backlog), backlogKnown),
    {
      id: 'BAR',
      title: `${short(limits.target)}│${short(limits.alert)}`,
      rank: 4,
      width: [9, 13],
      align: 'left',
      cell: ({ figures }, width) => {
        const atLeast = atLeastOf(figures);
        const bar = backlogBar(atLeast, figures.backlog !== null, limits, width);
        return cell(bar, barTone(atLeast, limits));
      },
      value: backlogKnown,
    },
    figure(
      'IN/s',
      8,
      6,
      ({ pace }) => formatRate(pace.inPerSecond),
      ({ pace }) => pace.inPerSecond,
    ),
    figure(
      'OUT/s',
      7,
      6,
      ({ pace }) => formatRate(pace.outPerSecond),
      ({ pace }) => pace.outPerSecond,
    ),
    figure('DRAIN', 9, 9, drainText, ({ pace: { drainMs } }) =>
      drainMs === 'never' ? Number.POSITIVE_INFINITY : drainMs,
    ),
    figure('OLDEST', 5, 9, (group) => formatDuration(oldestMs(group)), oldestMs),
    figure('HEADROOM', 13, 9, headroomText, headroomSeconds),
    {
      id: 'STATE',
      title: 'STATE',
      rank: 1,
      width: [10, 10],
      align: 'left',
      cell: stateCell,
      value: (group) => SEVERITY.indexOf(group.figures.state) + (group.inUse ? 1 : 0),
    },
    {
      id: 'LAST 5 m',
      title: 'LAST 5 m',
      rank: 14,
      width: [12, 24],
      align: 'left',
      cell: (group, width) => cell(sparkOf(group, width, limits)),
      value: backlogKnown,
    },
  ];
}

/** `never` where the backlog does not fall, and a dash where that is not known. */
export function drainText({ pace: { drainMs } }: FollowedGroup): string {
  if (drainMs === 'never') return 'never';
  return drainMs === 0 ? '0 s' : formatDuration(drainMs);
}

/** Time where it is known, else entries. */
export function headroomText({ figures: { headroom } }: FollowedGroup): string {
  if (headroom.unlimited) return 'unlimited';
  if (headroom.seconds !== null) return formatDuration(headroom.seconds * 1_000);
  return headroom.entries === null ? UNKNOWN : `${formatCount(headroom.entries)} e`;
}

export function sparkOf({ track }: FollowedGroup, cells: number, { target }: Limits): string {
  return sparkline(track, { cells, spanMs: SPARK_MS, floor: target });
}

/** The state in words; a group that nobody is to read now says that instead. */
function stateCell({ figures: { state }, inUse }: FollowedGroup): Cell {
  if (!inUse) return cell('not in use', 'dim');
  return cell(state === 'ok' ? state : state.toUpperCase(), STATE_TONES[state]);
}

export function isFault({ figures, inUse }: FollowedGroup): boolean {
  return figures.state === 'missing' || (inUse && figures.state !== 'ok');
}

export type GroupState = FollowedGroup['figures']['state'];

/** From the best to the worst. */
export const SEVERITY: readonly GroupState[] = [
  'ok',
  'unknown',
  'warn',
  'stall',
  'rewind',
  'stop',
  'missing',
];

export const STATE_TONES: Readonly<Record<GroupState, Tone>> = {
  ok: 'good',
  unknown: 'warn',
  warn: 'warn',
  stall: 'bad',
  rewind: 'bad',
  stop: 'bad',
  missing: 'bad',
};

function oldestMs({ figures }: FollowedGroup): number | null {
  const ages = [figures.oldestPendingMs, figures.oldestUndeliveredMs].filter((age) => age !== null);
  return ages.length === 0 ? null : Math.max(...ages);
}

function atLeastOf({ lagAtLeast, pending }: FollowedGroup['figures']): number | null {
  return lagAtLeast === null ? null : lagAtLeast + pending;
}

function barTone(atLeast: number | null, { target, alert }: Limits): Tone {
  if (atLeast === null || atLeast < target) return 'good';
  return atLeast >= alert ? 'bad' : 'warn';
}

const lagKnown = ({ figures }: FollowedGroup): number | null => figures.lag ?? figures.lagAtLeast;
const backlogKnown = ({ figures }: FollowedGroup): number | null => atLeastOf(figures);

/** Where nothing arrives, trimming never comes: that sorts behind every time. */
function headroomSeconds({ figures: { headroom } }: FollowedGroup): number | null {
  if (headroom.entries === null && !headroom.unlimited) return null;
  return headroom.seconds ?? Number.POSITIVE_INFINITY;
}

function short(count: number): string {
  return count >= 1_000 && count % 1_000 === 0 ? `${count / 1_000}k` : String(count);
}

function name(
  title: string,
  rank: number,
  width: readonly [number, number],
  textOf: (group: FollowedGroup) => string,
): ListColumn<FollowedGroup> {
  return {
    ...{ id: title, title, rank, width, align: 'left' },
    cell: (group) => cell(textOf(group)),
    value: textOf,
  };
}

function figure(
  title: string,
  rank: number,
  width: number,
  textOf: (group: FollowedGroup) => string,
  value: (group: FollowedGroup) => number | null,
): ListColumn<FollowedGroup> {
  return {
    ...{ id: title, title, rank, width: [width, width], align: 'right' },
    cell: (group) => cell(textOf(group)),
    value,
  };
}
