import { describe, expect, it } from 'vitest';
import {
  GATES,
  gateResult,
  haltGate,
  headroomGate,
  isGateName,
  type MigrationHistory,
  type ModuleState,
  type ModuleStateName,
  NEVER_OVERRIDDEN,
  orderGate,
  refusals,
  withOverrides,
} from '../../src/checks/index.js';

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

function statesOf(names: Record<string, ModuleStateName>): ReadonlyMap<string, ModuleState> {
  return new Map(
    Object.entries(names).map(([module, name]) => [
      module,
      { name, because: '', soakLeftMs: null },
    ]),
  );
}
