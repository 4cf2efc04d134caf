import { cell, formatCount, formatDuration, lagText } from '../../report/index.js';
import type { FollowedGroup } from '../../steps/index.js';
import { formatRate } from './gauges.js';
import { drainText, headroomText, SPARK_MS, sparkOf } from './group-columns.js';
import { blank, type ScreenLine, spans, textLine } from './screen-line.js';
import type { ViewSettings } from './view-state.js';

/** Everything that is known of one group, for terminals that have no room for all columns. */
export function groupDetail(
  group: FollowedGroup,
  limits: ViewSettings['limits'],
  columns: number,
): readonly ScreenLine[] {
  const { figures, pace, parked, consumers, track } = group;
  const highest = track.reduce((most, { work }) => Math.max(most, work), 0);
  const since = formatDuration(SPARK_MS);
  const drain = pace.drainMs === 'never' ? 'does not drain' : `drains in ${drainText(group)}`;
  const scale = `  last ${since}, at most ${formatCount(highest)}`;
  return [
    blank,
    spans(
      cell(` ${figures.stream} › ${figures.group}`, 'strong'),
      cell(`  ${figures.module ?? 'of no module'}, ${figures.side}`),
      cell(`  cursor ${figures.cursor === '' ? '-' : figures.cursor}`, 'dim'),
    ),
    textLine(
      ` lag ${lagText(figures)} (${figures.lagSource})  pending ${formatCount(figures.pending)}${parked > 0 ? `, ${formatCount(parked)} parked` : ''}  backlog ${formatCount(figures.backlog)}  consumers ${formatCount(consumers.length)}`,
    ),
    textLine(
      ` in ${formatRate(pace.inPerSecond)}/s  out ${formatRate(pace.outPerSecond)}/s  ${drain}  headroom ${headroomText(group)}`,
    ),
    textLine(
      ` oldest pending ${formatDuration(figures.oldestPendingMs)}  oldest undelivered ${formatDuration(figures.oldestUndeliveredMs)}`,
    ),
    spans(
      cell(` ${sparkOf(group, Math.max(10, Math.min(60, columns - scale.length - 2)), limits)}`),
      cell(scale, 'dim'),
    ),
  ];
}
