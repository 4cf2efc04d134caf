import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/problems/index.js';
import { CONTEXT_SHAPE } from '../../src/runbooks/index.js';

/** Everything that a runbook may look up; the design's list, with the figures of the plan written out. */
const PATHS = [
  'run.id run.now',
  'module.name module.risk module.service module.log module.settings module.streams',
  'module.tests.command module.tests.cwd',
  'publisher.name publisher.service publisher.settings',
  ...['source', 'target', 'giving', 'receiving'].map((side) =>
    ['name', 'service', 'resumesPending', 'log', 'url', 'side', 'group']
      .map((key) => `${side}.${key}`)
      .join(' '),
  ),
  'modules publishers streams.prefix streams.maxLength redis.url',
  'thresholds.lag.target thresholds.lag.alert thresholds.lag.sustainedMs',
  'thresholds.memory.targetBytes thresholds.memory.alertBytes thresholds.memory.sustainedMs thresholds.contractErrors thresholds.errorIncrease',
  'thresholds.health.target thresholds.health.alert thresholds.latencyP95Ms',
  'soak.phase1Ms soak.moduleMs soak.burnInMs',
].flatMap((line) => line.split(' '));

function leavesOf(value: JsonObject, under = ''): string[] {
  return Object.entries(value).flatMap(([key, part]) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? leavesOf(part as JsonObject, `${under}${key}.`) // No list, so a map.
      : [under + key],
  );
}

describe('the context of templates', () => {
  it('is what the design says, and nothing else', () => {
    expect(new Set(leavesOf(CONTEXT_SHAPE))).toEqual(new Set(PATHS));
  });

  it('has streams with their type and the group of either side', () => {
    expect((CONTEXT_SHAPE['module'] as JsonObject)['streams']).toEqual([
      { type: 'event', stream: 'example:event', source: 'memory', target: 'memory-go' },
    ]);
  });

  it('gives giving and receiving the values of the two sides', () => {
    expect(CONTEXT_SHAPE['giving']).toEqual(CONTEXT_SHAPE['source']);
    expect(CONTEXT_SHAPE['receiving']).toEqual(CONTEXT_SHAPE['target']);
  });
});
