import type { ClaimTally } from '../steps/index.js';
import { formatCount, formatCountOf } from './format.js';
import { line, type Page } from './page.js';

/** What a claim would do to one group on one stream. */
export interface ClaimPlanRow {
  readonly stream: string;
  readonly group: string;
  readonly entries: number;
  /** Passed over: delivered too lately, or held by the consumer already. */
  readonly notIdle: number;
  readonly held: number;
}

/** The plan of a claim: where from, how many, and what will come of it. */
export function claimPlanPage(
  title: string,
  rows: readonly ClaimPlanRow[],
  notes: readonly string[],
): Page {
  return [
    line(title, { tone: 'strong' }),
    ...rows.map(({ stream, group, entries, notIdle, held }) => {
      const over = [
        ...(notIdle > 0 ? [`${formatCount(notIdle)} not idle long enough`] : []),
        ...(held > 0 ? [`${formatCount(held)} there already`] : []),
      ];
      const passed = over.length === 0 ? '' : ` (passed over: ${over.join(', ')})`;
      const many = formatCountOf(entries, 'entry', 'entries');
      return line(`${group} on ${stream}: ${many}${passed}`, { indent: 2 });
    }),
    ...notes.map((note) => line(note, { indent: 2 })),
  ];
}

/** How the counts of a tally are called; `dead` and `planned` change what some of them mean. */
export function claimPage(
  tally: ClaimTally,
  { dead, planned }: { readonly dead: boolean; readonly planned: boolean },
): Page {
  const counts: readonly (readonly [number, string])[] = [
    [tally.claimed, dead ? 'put back to their group' : 'claimed'],
    [tally.acknowledged, dead ? 'handled and removed' : 'handled and acknowledged'],
    [tally.failed, 'not handled by the program; they stay as they were'],
    [tally.notIdle, 'skipped: not idle long enough'],
    [tally.held, dead ? 'owed by their group already; removed' : 'skipped: there already'],
    [
      tally.lostRace,
      planned
        ? 'stale: settled, claimed or delivered again since the plan'
        : 'lost to somebody else meanwhile',
    ],
    [
      tally.ghosts,
      dead
        ? 'left: trimmed from their stream, --exec can still have the message'
        : 'ghosts: gone from the stream, only ack settles them',
    ],
  ];
  const said = counts.filter(([count]) => count > 0);
  return [
    ...(said.length === 0 ? [line('There was nothing to do.')] : []),
    ...said.map(([count, what]) => line(`${formatCount(count)} ${what}`)),
    ...tally.failures.map(({ id, stream, because }) =>
      line(`${id} on ${stream}: ${because}`, { tone: 'bad', indent: 2 }),
    ),
  ];
}
