import type { FollowedGroup, GroupsReading } from '../../src/steps/index.js';
import {
  drawView,
  initialView,
  nextView,
  type ViewEvent,
  type ViewState,
} from '../../src/ui/index.js';
import { lineText } from '../../src/ui/lag/screen-line.js';
import { createPaint } from '../../src/ui/paint.js';

/* Readings as a look gives them, and views that were led somewhere by keys. */

export interface GroupSeed {
  readonly stream?: string;
  readonly group: string;
  readonly lag?: number | null;
  readonly pending?: number;
  readonly state?: FollowedGroup['figures']['state'];
  readonly inUse?: boolean;
  readonly consumers?: FollowedGroup['consumers'];
}

const AT_MS = Date.UTC(2026, 10, 23, 12, 0, 0);

function groupOf(seed: GroupSeed): FollowedGroup {
  const { group, stream = 'orion:events', lag = 0, pending = 0, state = 'ok' } = seed;
  return {
    figures: {
      ...{ stream, group, lag, pending, state },
      module: 'memory',
      side: 'source',
      lagAtLeast: lag ?? 1_001,
      lagSource: lag === null ? 'unknown' : 'counted',
      backlog: lag === null ? null : lag + pending,
      consumers: seed.consumers?.length ?? 0,
      cursor: '1700000000000-0',
      oldestPendingMs: pending === 0 ? null : 61_000,
      oldestUndeliveredMs: lag === 0 ? null : 3_500,
      headroom: { entries: 9_000, seconds: 720, unlimited: false },
    },
    module: 'memory',
    group,
    inUse: seed.inUse ?? true,
    parked: 0,
    pace: { inPerSecond: 12, outPerSecond: 15.25, drainMs: 40_000 },
    track: [],
    consumers: seed.consumers ?? [],
  };
}

export function readingOf(...seeds: readonly GroupSeed[]): GroupsReading {
  const groups = seeds.map(groupOf);
  const streams = [...new Set(groups.map(({ figures }) => figures.stream))];
  return { atMs: AT_MS, groups, streams: streams.map((stream) => ({ stream, length: 1_234 })) };
}

export function viewOf(
  reading: GroupsReading,
  { columns = 80, rows = 24, readOnly = false } = {},
): ViewState {
  const settings = {
    redis: 'redis://127.0.0.1:6379',
    prefix: 'orion',
    limits: { target: 100, alert: 1_000 },
    readOnly,
    resumes: { source: false, target: true, unknown: false },
  };
  return led(initialView(settings, { columns, rows }), { type: 'read', reading });
}

export function led(state: ViewState, ...events: readonly ViewEvent[]): ViewState {
  return events.reduce((view, event) => nextView(view, event).state, state);
}

/** Keys as the key map names them; a text stands for each of its characters. */
export function press(state: ViewState, ...keys: readonly string[]): ViewState {
  return led(state, ...keys.map((key): ViewEvent => ({ type: 'key', key })));
}

export function typed(state: ViewState, text: string): ViewState {
  return press(state, ...text);
}

export function screenOf(state: ViewState, colour = false): readonly string[] {
  const paint = createPaint(colour);
  return drawView(state).map((line) => lineText(line, state.size.columns, paint));
}

/** The screen as it reads, without the sign of what is inverted. */
export function textOf(state: ViewState): string {
  return screenOf(state).join('\n').replaceAll('\u001b[7m', '').replaceAll('\u001b[27m', '');
}
