import { describe, expect, it } from 'vitest';
import {
  GATES,
  gateResult,
  haltGate,
  headroomGate,
  isGateName,
  LONGEST_COVERED_GAP_MS,
  type MigrationHistory,
  type ModuleState,
  type ModuleStateName,
  NEVER_OVERRIDDEN,
  orderGate,
  phase1Gate,
  refusals,
  type SoakEvidence,
  soakGate,
  withOverrides,
} from '../../src/checks/index.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const NO_PHASES: MigrationHistory['phases'] = {
  ...{ phase1: 'none', cutover: 'none', finalize: 'none' },
  ...{ burnInSinceMs: null, goingBack: null },
};

describe('the list of gates', () => {
  it('has the names and the order of the design', () => {
    expect(GATES).toEqual([
      ...['halt', 'phase1', 'order', 'soak', 'phase2', 'burn-in', 'checklist'],
      ...['headroom', 'groups', 'tests', 'validate'],
    ]);
    expect(GATES.every(isGateName)).toBe(true);
    expect(['fence', 'lease', 'Halt', ''].some(isGateName)).toBe(false);
  });

  it.each(GATES.map((gate) => [gate, gate === 'groups' ? 3 : gate === 'tests' ? 4 : 1] as const))(
    '%s refuses with code %i',
    (gate, code) => expect(gateResult(gate, 'fail', 'no').exitCode).toBe(code),
  );

  it('lets validate bring its own code', () => {
    expect(gateResult('validate', 'fail', 'no', { exitCode: 2 }).exitCode).toBe(2);
  });
});

describe('refusals', () => {
  it.each([
    ['pass', false],
    ['fail', true],
    ['inconclusive', true],
    ['error', true],
  ] as const)('%s is one: %s', (verdict, refuses) => {
    expect(refusals([gateResult('soak', verdict, '')]).length === 1).toBe(refuses);
  });

  it('come in the order of the list, all of them', () => {
    const found = [...GATES].reverse().map((gate) => gateResult(gate, 'fail', ''));
    expect(refusals(found).map(({ gate }) => gate)).toEqual(GATES);
  });

  it('can be passed by name, but for an emergency stop and the groups', () => {
    const all = GATES.map((gate) => gateResult(gate, 'fail', ''));
    const overrides = new Map<string, string>(GATES.map((gate) => [gate, 'because']));
    expect(refusals(withOverrides(all, overrides)).map(({ gate }) => gate)).toEqual(
      NEVER_OVERRIDDEN,
    );
    expect(NEVER_OVERRIDDEN).toEqual(['halt', 'groups']);
  });

  it('are only passed by their own name; one that passes anyway is noted', () => {
    const all = [gateResult('soak', 'pass', ''), gateResult('tests', 'fail', '')];
    const passed = withOverrides(all, new Map([['soak', 'because']]));
    expect(passed.map(({ overridden }) => overridden)).toEqual(['because', null]);
    expect(refusals(passed).map(({ gate }) => gate)).toEqual(['tests']);
  });
});

describe('halt', () => {
  it('passes only while none is in force, and names who raised it', () => {
    expect(haltGate(history({})).verdict).toBe('pass');
    const halt = { reason: 'lag everywhere', by: 'watch@host', at: '2026-01-01T00:00:00Z' };
    expect(haltGate(history({ halt }))).toMatchObject({
      ...{ gate: 'halt', verdict: 'fail', exitCode: 1, evidence: halt },
      message: 'an emergency stop is in force: lag everywhere',
      hint: expect.stringContaining('halt --clear'),
    });
  });
});

describe('phase 1', () => {
  const { sinceMs: _unused, ...soak } = soaked();

  it('must have been started, soaked, and watched', () => {
    expect(phase1Gate(history({}), soak)).toMatchObject({ gate: 'phase1', verdict: 'fail' });
    expect(phase1Gate(history({ phase1SinceMs: 0 }), soak)).toMatchObject({
      ...{ gate: 'phase1', verdict: 'pass' },
    });
    expect(phase1Gate(history({ phase1SinceMs: soak.nowMs - HOUR }), soak).verdict).toBe('fail');
    const unwatched = { ...soak, longestGapMs: LONGEST_COVERED_GAP_MS + 1 };
    expect(phase1Gate(history({ phase1SinceMs: 0 }), unwatched).verdict).toBe('inconclusive');
  });
});

describe('the soak of the module before', () => {
  it.each<[string, Partial<SoakEvidence>, string]>([
    ['is over and watched', {}, 'pass'],
    ['is over to the millisecond', { nowMs: DAY }, 'pass'],
    ['lacks a millisecond', { nowMs: DAY - 1 }, 'fail'],
    ['has not begun', { sinceMs: null }, 'inconclusive'],
    ['was broken', { breaches: ['lag above 1000 for 6 min'] }, 'fail'],
    ['was broken, and has not begun again', { sinceMs: null, breaches: ['x'] }, 'fail'],
    ['leaves parked messages', { parked: 1 }, 'fail'],
    ['was not watched for a while', { longestGapMs: LONGEST_COVERED_GAP_MS + 1 }, 'inconclusive'],
    ['was watched closely enough', { longestGapMs: LONGEST_COVERED_GAP_MS }, 'pass'],
    ['has no length, and needs no evidence', { lengthMs: 0, nowMs: 0, longestGapMs: DAY }, 'pass'],
  ])('that %s: %s', (_name, changes, verdict) => {
    expect(soakGate('memory', soaked(changes)).verdict).toBe(verdict);
  });

  it('says how long is left', () => {
    const gate = soakGate('memory', soaked({ nowMs: DAY - HOUR }));
    expect(gate.hint).toBe('It ends in 60 min.');
    expect(gate.evidence).toMatchObject({ leftMs: HOUR, lengthMs: DAY });
  });

  it('is none for the first one', () => {
    expect(soakGate(null, null).verdict).toBe('pass');
    expect(soakGate('memory', null).verdict).toBe('pass');
  });
});

describe('the order', () => {
  const order = ['memory', 'guardian', 'brain'];

  it.each<[ModuleStateName, boolean]>([
    ['source', false],
    ['moving', false],
    ['soaking', true],
    ['soaked', true],
    ['going-back', false],
    ['stranded', false],
    ['drift', false],
  ])('is kept where every module before is on target: %s', (name, kept) => {
    const states = statesOf({ memory: 'soaked', guardian: name });
    expect(orderGate('brain', order, states).verdict).toBe(kept ? 'pass' : 'fail');
  });

  it('names who is missing and the next command', () => {
    expect(orderGate('brain', order, statesOf({}))).toMatchObject({
      message: 'memory, guardian must be moved before brain',
      hint: 'Next in order: orion-bus migrate memory',
      evidence: { order, missing: ['memory', 'guardian'] },
    });
    expect(orderGate('memory', order, statesOf({})).verdict).toBe('pass');
  });
});

describe('headroom', () => {
  const of = (changes: object) => ({
    ...{ stream: 'orion:events', unlimited: false, entries: 1_000, seconds: 100, needed: 21 },
    ...changes,
  });

  it.each([
    ['more than is needed', {}, 'pass'],
    ['just as much as is needed', { seconds: 21 }, 'fail'],
    ['less than is needed', { seconds: 3 }, 'fail'],
    ['a rate that is unknown', { seconds: null, needed: null }, 'inconclusive'],
    ['a need that is unknown', { needed: null }, 'inconclusive'],
    ['no trimming at all', { unlimited: true, entries: null, seconds: null, needed: null }, 'pass'],
  ])('with %s: %s', (_name, changes, verdict) => {
    expect(headroomGate([of({ stream: 'orion:others' }), of(changes)]).verdict).toBe(verdict);
  });

  it('names the stream and both figures, and the certain failure first', () => {
    const gate = headroomGate([
      of({ seconds: null, needed: null }),
      of({ stream: 'orion:x', seconds: 3 }),
    ]);
    expect(gate).toMatchObject({ verdict: 'fail', exitCode: 1 });
    expect(gate.message).toBe(
      'orion:x is trimmed in 3.0 s at the present rate; the pause needs 21.0 s',
    );
    expect(headroomGate([]).verdict).toBe('pass');
  });
});

function history(changes: Partial<MigrationHistory>): MigrationHistory {
  return {
    ...{ modules: new Map(), phase1SinceMs: null, halt: null, openRun: null, openPart: null },
    phases: NO_PHASES,
    longestPauseMs: null,
    ...changes,
  };
}

function soaked(changes: Partial<SoakEvidence> = {}): SoakEvidence {
  return {
    ...{ sinceMs: 0, nowMs: 2 * DAY, lengthMs: DAY },
    ...{ longestGapMs: 10_000, breaches: [], parked: 0 },
    ...changes,
  };
}

function statesOf(names: Record<string, ModuleStateName>): ReadonlyMap<string, ModuleState> {
  return new Map(
    Object.entries(names).map(([module, name]) => [
      module,
      { name, because: '', soakLeftMs: null },
    ]),
  );
}
