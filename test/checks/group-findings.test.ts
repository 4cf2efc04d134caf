import { describe, expect, it } from 'vitest';
import { type GroupEvidence, groupFindings } from '../../src/checks/index.js';
import type { GroupLook, Lag, Reader, StreamLook, Thresholds } from '../../src/facts/index.js';
import { entryId, groupName, streamKey } from '../../src/redis/index.js';

const THRESHOLDS: Thresholds = {
  lag: { target: 100, alert: 1_000, sustainedMs: 300_000 },
  memory: { targetBytes: 1, alertBytes: 2, sustainedMs: 300_000 },
  ...{ contractErrors: 0.01, errorIncrease: 0.5 },
  health: { target: 1, alert: 0.99 },
  latencyP95Ms: 10,
};

describe('the backlog of a group', () => {
  it.each<[string, Lag, number, number, string]>([
    ['nothing', known(0), 0, 0, 'pass'],
    ['just below the target', known(60), 39, 0, 'pass'],
    ['at the target', known(60), 40, 0, 'warn'],
    ['just below the alert', known(999), 0, 0, 'warn'],
    ['at the alert', known(1_000), 0, 0, 'fail'],
    ['all of it pending', known(0), 1_000, 0, 'fail'],
    ['at least the alert, more is not known', { known: false, atLeast: 1_001 }, 0, 0, 'fail'],
    ['at least the target, more is not known', { known: false, atLeast: 120 }, 0, 0, 'warn'],
  ])('of %s', (_name, lag, pending, parked, status) => {
    const findings = groupFindings(evidence({ found: { lag, pending }, parked }), THRESHOLDS);
    expect(findings[0]?.status).toBe(status);
  });

  it('leaves out what waits for an operator', () => {
    const found = { lag: known(0), pending: 1_000 };
    const findings = groupFindings(evidence({ found, parked: 1_000 }), THRESHOLDS);
    expect(findings.map(({ id }) => id)).toEqual(['group.memory.event.parked']);
  });

  it('says at least, where it is not known, and never 0', () => {
    const found = { lag: { known: false, atLeast: 120 }, pending: 3 } as const;
    const [finding] = groupFindings(evidence({ found }), THRESHOLDS);
    expect(finding?.message).toBe(
      'orion-memory-group on orion:events: backlog at least 123 is at or above 100',
    );
    expect(finding?.value).toMatchObject({ lag: null, lagAtLeast: 120, pending: 3 });
  });
});

describe('a group', () => {
  it('that is missing fails, and says what would happen', () => {
    const findings = groupFindings({ ...evidence({}), found: null }, THRESHOLDS);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      ...{ id: 'group.memory.event', status: 'fail' },
      message: 'memory has no group orion-memory-group on orion:events',
      hint: expect.stringContaining('repeat'),
    });
  });

  it.each<[string, EvidenceChanges, RegExp]>([
    [
      'its service is down',
      { serviceActive: false },
      /3 messages wait, but the service of memory is down/,
    ],
    ['an entry is in hand for long', { oldestInHandMs: 60_000 }, /in hand for 60 s/],
    ['nobody reads', { readers: [], anyClientReads: false }, /3 messages wait, and nobody reads/],
  ])('that owes something is stuck where %s', (_name, changes, message) => {
    const owing = evidence({ found: { lag: known(2), pending: 1 }, ...changes });
    const findings = groupFindings(owing, THRESHOLDS);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ id: 'group.memory.event.stuck', status: 'fail' });
    expect(findings[0]?.message).toMatch(message);
    expect(findings[0]?.hint).toContain('orion-bus pending memory');
    const nothing = evidence({ found: { lag: known(0), pending: 0 }, ...changes });
    expect(groupFindings(nothing, THRESHOLDS)[0]?.status).toBe('pass');
  });

  it.each<[string, EvidenceChanges]>([
    ['an entry is in hand, not for long', { oldestInHandMs: 59_999 }],
    ['somebody reads', { readers: [reader()], anyClientReads: true }],
    ['some client reads, whoever it is', { readers: [], anyClientReads: true }],
    ['it moves all the same', { readers: [], anyClientReads: false, stands: false }],
    ['nobody could look', { readers: null }],
    ['nothing is known of its service', { serviceActive: null }],
  ])('that owes something is not stuck where %s', (_name, changes) => {
    const owing = evidence({ found: { lag: known(2), pending: 1 }, ...changes });
    expect(groupFindings(owing, THRESHOLDS)[0]?.status).toBe('pass');
  });

  it('tells everything that is wrong, what fails first', () => {
    const found = { lag: known(150), pending: 5 };
    const findings = groupFindings(
      evidence({ found, parked: 2, serviceActive: false }),
      THRESHOLDS,
    );
    expect(findings.map(({ id, status }) => [id.split('.').at(-1), status])).toEqual([
      ['stuck', 'fail'],
      ['parked', 'fail'],
      ['backlog', 'warn'],
    ]);
  });
});

interface EvidenceChanges extends Partial<Omit<GroupEvidence, 'found'>> {
  readonly found?: { readonly lag: Lag; readonly pending: number };
}

function evidence({ found, ...changes }: EvidenceChanges): GroupEvidence {
  const group: GroupLook = {
    ...{ name: groupName('orion-memory-group'), cursor: entryId('5-0'), entriesRead: 5 },
    ...{ lag: known(0), pending: 0, oldestPendingId: null, nextUndeliveredId: null },
    ...{ consumerCount: 1, consumers: [], pendingByConsumer: new Map() },
    ...found,
  };
  const look: StreamLook = {
    ...{ stream: streamKey('orion:events'), atMs: 1_000_000, kind: 'stream', length: 10 },
    ...{ firstId: entryId('1-0'), lastGeneratedId: entryId('10-0'), maxDeletedId: null },
    ...{ entriesAdded: 10, groups: [group] },
  };
  return {
    ...{ module: 'memory', type: 'event', group: 'orion-memory-group', look, found: group },
    ...{ parked: 0, oldestInHandMs: null, serviceActive: true, readers: [reader()] },
    anyClientReads: true,
    stands: true,
    ...changes,
  };
}

function known(value: number): Lag {
  return { known: true, value, source: 'server' };
}

function reader(): Reader {
  return {
    ...{ streams: ['orion:events'], group: 'orion-memory-group', consumer: 'memory-1' },
    ...{ address: '127.0.0.1:1', clientId: '7', clientName: null, database: 0 },
  };
}
