import { describe, expect, it } from 'vitest';
import {
  activeSide,
  activeStreams,
  groupsGate,
  ownerOf,
  streamsOf,
} from '../../src/checks/index.js';
import type { FoundStream, ModulePlan } from '../../src/facts/index.js';
import { streamKey } from '../../src/redis/index.js';

/* Which streams a module reads, from what discovery found and what the configuration says. */

const memory: ModulePlan = {
  ...{ name: 'memory', risk: 'low', service: 'orion-memory', log: null, settings: [], tests: null },
  subscribes: null,
  groups: { source: 'memory', target: 'memory-go', byType: {} },
};
const odd: ModulePlan = {
  ...memory,
  name: 'commander',
  groups: {
    ...{ source: 'commander-x', target: 'commander-x-go' },
    byType: { decision: { source: 'deciders', target: 'deciders-2' } },
  },
};
const found = (groups: Record<string, readonly string[]>): FoundStream[] =>
  Object.entries(groups).map(([type, names]) => ({
    ...{ stream: streamKey(`orion:${type}s`), type, groups: names },
  }));

describe('the streams of a module', () => {
  it('are those that carry its group of this side, by type where names follow no pattern', () => {
    const streams = found({
      event: ['memory'],
      incident: ['memory-go'],
      decision: ['deciders', 'x'],
    });
    expect(streamsOf(memory, streams, 'source').map(({ type }) => type)).toEqual(['event']);
    expect(streamsOf(memory, streams, 'target').map(({ type }) => type)).toEqual(['incident']);
    expect(streamsOf(odd, streams, 'source')).toEqual([
      { type: 'decision', stream: 'orion:decisions', source: 'deciders', target: 'deciders-2' },
    ]);
  });

  it('include those it is said to read although they lack its group', () => {
    const reads = { ...memory, subscribes: ['event', 'incident', 'nowhere'] };
    const streams = found({ event: ['memory'], incident: [], decision: [] });
    expect(activeStreams(reads, streams, 'source').map(({ type }) => type)).toEqual([
      'event',
      'incident',
    ]);
  });

  it.each([
    ['source', { event: ['memory-go'] }, 'source'],
    ['target', { event: ['memory'] }, 'target'],
    ['mixed', { event: ['memory-go'] }, 'target'],
    ['mixed', { event: ['memory', 'memory-go'] }, 'source'],
    ['unreadable', {}, 'source'],
  ] as const)(
    'are of the side of the settings, %s, or whose groups are there',
    (settings, groups, side) => {
      expect(activeSide(settings, memory, found(groups))).toBe(side);
    },
  );

  it('belong to the one module and side that a group’s name fits', () => {
    expect(ownerOf([memory, odd], 'decision', 'deciders-2')).toMatchObject({ side: 'target' });
    expect(ownerOf([memory, odd], 'event', 'memory')).toMatchObject({ side: 'source' });
    expect(ownerOf([memory, odd], 'event', 'deciders-2')).toBeNull();
    expect(ownerOf([memory, { ...memory, name: 'twin' }], 'event', 'memory')).toBeNull();
  });
});

describe('the gate of the groups', () => {
  const reads = { ...memory, subscribes: ['event', 'incident'] };

  it.each<[string, ModulePlan, Record<string, readonly string[]>, 'beginning' | null, string]>([
    ['all found', memory, { event: ['memory'], incident: ['memory'] }, null, 'pass'],
    ['some found, none listed', memory, { event: ['memory'], incident: [] }, null, 'pass'],
    ['none found', memory, { event: ['others'] }, null, 'fail'],
    ['none found, said where to start', reads, { event: [] }, 'beginning', 'pass'],
    ['none found and none listed, whatever is said', memory, { event: [] }, 'beginning', 'fail'],
    ['only the other side’s found', memory, { event: ['memory-go'] }, null, 'fail'],
    ['exactly the listed ones', reads, { event: ['memory'], incident: ['memory'] }, null, 'pass'],
    ['a listed stream that is missing', reads, { event: ['memory'] }, null, 'pass'],
    ['a listed one without its group', reads, { event: ['memory'], incident: [] }, null, 'fail'],
    [
      'the same, said where to start',
      reads,
      { event: ['memory'], incident: [] },
      'beginning',
      'pass',
    ],
    ['one that is not listed', reads, { event: ['memory'], decision: ['memory'] }, null, 'fail'],
    [
      'the same, whatever is said',
      reads,
      { event: ['memory'], decision: ['memory'] },
      'beginning',
      'fail',
    ],
  ])('with %s', (_name, module, groups, missing, verdict) => {
    const gate = groupsGate(module, found(groups), 'source', missing);
    expect(gate).toMatchObject({ gate: 'groups', verdict, exitCode: 3 });
  });

  it('names the groups that there are, or that there are none', () => {
    const none = groupsGate(memory, found({ event: ['a', 'b'] }), 'source', null);
    expect(none.message).toBe('no stream carries the source group of memory');
    expect(none.hint).toBe('Groups there are: a on orion:events, b on orion:events.');
    expect(groupsGate(memory, [], 'source', null).hint).toContain('right Redis and database');
  });

  it('names the stream that would be repeated, and the one without a group', () => {
    const extra = groupsGate(reads, found({ decision: ['memory'] }), 'source', null);
    expect(extra.message).toContain('orion:decisions carries the group of memory');
    const bare = groupsGate(reads, found({ event: ['memory'], incident: [] }), 'source', null);
    expect(bare.message).toBe('orion:incidents has no group source of memory');
    expect(bare.hint).toContain('--missing-group');
  });
});
