import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GroupLag, groupLag, isOverAlert, selectGroups } from '../../src/checks/index.js';
import { consumerName, entryId, groupName } from '../../src/redis/index.js';

const THRESHOLDS = { lag: { target: 3, alert: 6, sustainedMs: 0 } };
const HEADROOM = { entries: 1, seconds: 2, unlimited: false };
const NOW = 1_000_000;

/** A group told entry by entry, the oldest first, each a second apart. */
interface Told {
  readonly entries: readonly ('done' | 'pending' | 'parked' | 'waiting')[];
  /** Counting stopped here; entries beyond are not known. */
  readonly cap: number;
  readonly readersIdleMs: readonly number[] | null;
  readonly inUse: boolean;
}

const told = fc.record<Told>({
  entries: fc
    .tuple(
      fc.array(fc.constantFrom('done' as const, 'pending' as const, 'parked' as const), {
        maxLength: 8,
      }),
      fc.nat({ max: 8 }),
    )
    .map(([delivered, waiting]) => [...delivered, ...Array(waiting).fill('waiting' as const)]),
  cap: fc.constantFrom(2, 7, 100),
  readersIdleMs: fc.option(
    fc.array(fc.constantFrom(0, 59_999, 60_000, 60_001, 900_000), { maxLength: 3 }),
  ),
  inUse: fc.boolean(),
});

describe('how a group keeps up', () => {
  it('is what counting every entry says', () => {
    fc.assert(
      fc.property(told, (group) => {
        const lag = groupLag(seen(group), HEADROOM, THRESHOLDS);
        const waiting = countOf(group, 'waiting');
        const held = countOf(group, 'pending') + countOf(group, 'parked');
        const sure = waiting < group.cap;
        expect(lag.lag).toBe(sure ? waiting : null);
        expect(lag.lagAtLeast).toBe(Math.min(waiting, group.cap));
        expect(lag.lagSource).toBe(sure ? 'counted' : 'unknown');
        expect(lag.pending).toBe(held);
        expect(lag.backlog).toBe(sure ? waiting + held : null);
        expect(lag.oldestUndeliveredMs).toBe(ageOf(group, ['waiting']));
        expect(lag.oldestPendingMs).toBe(ageOf(group, ['pending', 'parked']));
        expect(lag.state).toBe(stateOf(group));
        const certain = Math.min(waiting, group.cap) + countOf(group, 'pending');
        expect(isOverAlert(seen(group), THRESHOLDS)).toBe(certain >= 6);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is missing where there is no group, and then nothing is a number', () => {
    const nothing = {
      ...seen({ entries: [], cap: 1, readersIdleMs: null, inUse: true }),
      found: null,
    };
    expect(groupLag(nothing, HEADROOM, THRESHOLDS)).toMatchObject({
      state: 'missing',
      lag: null,
      lagAtLeast: null,
      lagSource: 'unknown',
      backlog: null,
    });
    expect(isOverAlert(nothing, THRESHOLDS)).toBe(false);
  });

  it('is never younger than the id of an entry from the future', () => {
    const future = seen({ entries: ['waiting'], cap: 9, readersIdleMs: [0], inUse: true });
    expect(groupLag({ ...future, atMs: 0 }, HEADROOM, THRESHOLDS).oldestUndeliveredMs).toBe(0);
  });
});

describe('a name on the command line', () => {
  const groups = [
    { module: 'memory', group: 'a' },
    { module: 'memory', group: 'b' },
    { module: 'brain', group: 'memory' },
    { module: null, group: 'module:memory' },
    { module: null, group: 'group:x' },
  ];

  it.each<[name: string, found: readonly number[] | null]>([
    ['memory', [0, 1]],
    ['module:memory', [0, 1]],
    ['group:memory', [2]],
    ['group:module:memory', [3]],
    ['group:x', [4]],
    ['b', [1]],
    ['approval', []],
    ['module:a', null],
    ['group:c', null],
    ['c', null],
    ['', null],
  ])('%j', (name, found) => {
    const modules = ['memory', 'brain', 'approval'];
    const chosen = selectGroups(groups, modules, name);
    expect(chosen).toEqual(found === null ? null : found.map((at) => groups[at]));
  });
});

function stateOf(group: Told): GroupLag['state'] {
  const work = Math.min(countOf(group, 'waiting'), group.cap) + countOf(group, 'pending');
  if (!group.inUse) return 'ok';
  const idle = group.readersIdleMs;
  if (work > 0 && idle !== null && !idle.some((ms) => ms <= 60_000)) return 'stop';
  if (work >= 3) return 'warn';
  return countOf(group, 'waiting') < group.cap ? 'ok' : 'unknown';
}

function countOf({ entries }: Told, kind: Told['entries'][number]): number {
  return entries.filter((entry) => entry === kind).length;
}

function ageOf({ entries }: Told, kinds: readonly Told['entries'][number][]): number | null {
  const at = entries.findIndex((entry) => kinds.includes(entry));
  return at === -1 ? null : NOW - (at + 1) * 1_000;
}

function seen(group: Told): Parameters<typeof groupLag>[0] {
  const idAt = (at: number) => (at === -1 ? null : entryId(`${(at + 1) * 1_000}-0`));
  const { entries } = group;
  const waiting = countOf(group, 'waiting');
  const parked = countOf(group, 'parked');
  return {
    ...{ stream: 's', group: 'g', owner: null, inUse: group.inUse, parked, atMs: NOW },
    readersIdleMs: group.readersIdleMs,
    found: {
      name: groupName('g'),
      cursor: entryId('0-0'),
      entriesRead: null,
      lag:
        waiting < group.cap
          ? { known: true, value: waiting, source: 'counted' }
          : { known: false, atLeast: group.cap },
      pending: countOf(group, 'pending') + parked,
      oldestPendingId: idAt(entries.findIndex((each) => each === 'pending' || each === 'parked')),
      nextUndeliveredId: idAt(entries.indexOf('waiting')),
      consumerCount: 1,
      consumers: [],
      pendingByConsumer: new Map([[consumerName('orion-bus-parked'), parked]]),
    },
  };
}
