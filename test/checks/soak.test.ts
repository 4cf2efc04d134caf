import { describe, expect, it } from 'vitest';
import {
  burnInGate,
  moduleCriteria,
  phase1Criteria,
  phase1Gate,
  type SoakEvidence,
  type SoakOptions,
  soakFold,
  soakGate,
} from '../../src/checks/index.js';
import type { Sample } from '../../src/evidence/index.js';
import {
  type Changes,
  DAY,
  EVERY,
  HOUR,
  MINUTE,
  sampleAt,
  samples,
  THRESHOLDS,
} from './samples.js';

const MB = 2 ** 20;

/** A day's soak that began at 0, judged by what the guide asks of phase 1. */
function soaked(
  seen: readonly Sample[],
  changes: Partial<SoakEvidence> = {},
  options: Partial<SoakOptions> = {},
): SoakEvidence {
  const soak = {
    ...{ sinceMs: 0, nowMs: DAY, lengthMs: DAY, everyMs: EVERY, breaches: [], parked: 0 },
    ...changes,
  };
  const criteria = () => phase1Criteria(THRESHOLDS, soak.lengthMs);
  const fold = soakFold({ sinceMs: 0, nowMs: soak.nowMs }, { criteria, ...options });
  for (const sample of seen) fold.add(sample);
  return { ...soak, figures: fold.outcome() };
}

const FULL = samples(0, DAY);

describe('a soak', () => {
  it.each<[string, readonly Sample[], Partial<SoakEvidence>, string]>([
    ['is over and watched', FULL, {}, 'pass'],
    ['lacks a millisecond', FULL, { nowMs: DAY - 1 }, 'fail'],
    ['has not begun', [], { sinceMs: null }, 'inconclusive'],
    ['was broken a moment ago', FULL, { breaches: ['its backlog is 125'] }, 'fail'],
    ['leaves parked messages', FULL, { parked: 1 }, 'fail'],
    ['was not watched at all', [], {}, 'inconclusive'],
    ['was not watched for ten minutes', without(FULL, 5 * MINUTE, 15 * MINUTE), {}, 'inconclusive'],
    ['was not watched at its end', without(FULL, DAY - 10 * MINUTE, DAY), {}, 'inconclusive'],
    [
      'was watched for ten minutes more',
      [...without(FULL, 5 * MINUTE, 15 * MINUTE), ...samples(DAY + 10_000, DAY + 15 * MINUTE)],
      { nowMs: DAY + 15 * MINUTE },
      'pass',
    ],
    ['has no length, and needs no evidence', [], { lengthMs: 0, nowMs: 7 * DAY }, 'pass'],
    ['fits between two samples', [], { lengthMs: 500, nowMs: 10 * MINUTE }, 'pass'],
    ['would fit, and is not over', [], { lengthMs: 500, nowMs: 499 }, 'fail'],
    ['was broken once', changed(FULL, 5 * HOUR, { target: { rssBytes: 100 * MB } }), {}, 'fail'],
    [
      'was broken before it',
      [sampleAt(-5_000, { target: { rssBytes: 100 * MB } }), ...FULL],
      {},
      'pass',
    ],
    [
      'has counts of before it',
      [sampleAt(3_000, { stream: { checked: 5, violations: 5 } }), ...samples(10_000, DAY)],
      {},
      'pass',
    ],
    ['has no health', samples(0, DAY, { target: { healthy: null } }), {}, 'inconclusive'],
  ])('that %s', (_name, seen, changes, verdict) => {
    for (const gate of [
      soakGate('memory', soaked(seen, changes)),
      burnInGate(soaked(seen, changes)),
    ]) {
      const none = gate.gate === 'burn-in' && changes.sinceMs === null;
      expect([gate.verdict, gate.message]).toEqual([none ? 'fail' : verdict, gate.message]);
    }
  });

  it('says how much is covered and how long is left', () => {
    const seen = samples(0, 20 * HOUR);
    const gate = soakGate('memory', soaked(seen, { nowMs: 20 * HOUR }));
    expect(gate).toMatchObject({
      message: 'the soak of memory is not over: 20 h of 1 d covered',
      hint: 'It ends in 4 h.',
      evidence: { leftMs: 4 * HOUR, coveredMs: 20 * HOUR, longestGapMs: 0, samples: 7_201 },
    });
    const late = soakGate('memory', soaked(seen));
    expect(late.message).toContain('there is no sample of all of it: 20 h of 1 d covered');
    expect(late.hint).toContain('orion-bus watch, for 4 h');
  });

  it('begins anew where the target bus was restarted or stopped, with its criteria', () => {
    const later = samples(10 * HOUR, DAY + 10 * HOUR, { target: { pid: 9 } });
    const restarted = [
      ...samples(0, 10 * HOUR - 10_000, { target: { rssBytes: 200 * MB } }),
      ...later,
    ];
    const early = phase1Gate(soaked(restarted));
    expect(early).toMatchObject({ gate: 'phase1', verdict: 'fail' });
    expect(early.message).toContain('it began anew: the target bus was restarted');
    expect(early.evidence).toMatchObject({ startedMs: 10 * HOUR, leftMs: 10 * HOUR });
    const nowMs = DAY + 10 * HOUR;
    expect(phase1Gate(soaked(restarted, { nowMs })).verdict).toBe('pass');
    const down = changed(FULL, 6 * HOUR, { target: { service: 'inactive', pid: null } });
    expect(phase1Gate(soaked(down)).evidence).toMatchObject({
      startedMs: 6 * HOUR + 10_000,
      startedAgain: { times: 1, because: 'stopped' },
    });
  });

  it('is none before the first module', () => {
    expect(soakGate(null, null).verdict).toBe('pass');
  });

  it('of phase 1 must have been started, and validated every day', () => {
    expect(phase1Gate(soaked([], { sinceMs: null }))).toMatchObject({
      ...{ verdict: 'fail', message: 'phase 1 was never started' },
    });
    const week = { nowMs: 2 * DAY, lengthMs: 2 * DAY };
    const daily = { validatedDaily: true };
    const verdictWith = (...validated: readonly Sample[]) =>
      phase1Gate(soaked([...samples(0, 2 * DAY), ...validated], week, daily)).verdict;
    const check = (atMs: number, exitCode: number): Sample =>
      sampleAt(atMs, { validation: { exitCode, failed: [] } });
    expect(verdictWith()).toBe('inconclusive');
    expect(verdictWith(check(DAY, 0))).toBe('pass');
    expect(verdictWith(check(DAY, 0), check(DAY + HOUR, 3))).toBe('fail');
    expect(verdictWith(check(HOUR / 2, 0))).toBe('inconclusive');
  });

  it('of a module rests on its own groups and log', () => {
    const criteria = () =>
      moduleCriteria({ name: 'brain', service: 'orion-brain' }, THRESHOLDS, null);
    const { figures } = soaked(samples(0, HOUR, { group: { lag: 5_000 } }), {}, { criteria });
    expect(figures.criteria.map(({ verdict }) => verdict)).toEqual(
      figures.criteria.map(() => 'inconclusive'),
    );
  });
});

function without(seen: readonly Sample[], fromMs: number, toMs: number): readonly Sample[] {
  return seen.filter(({ atMs }) => atMs <= fromMs || atMs > toMs);
}

function changed(seen: readonly Sample[], atMs: number, changes: Changes): readonly Sample[] {
  return seen.map((sample) => (sample.atMs === atMs ? sampleAt(atMs, changes) : sample));
}
