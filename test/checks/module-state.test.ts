import { describe, expect, it } from 'vitest';
import { type ModuleEvidence, moduleState } from '../../src/checks/index.js';

/* The table of states: settings, readers and journal on the left, the state on the right. */

const DAY = 86_400_000;
const onTarget = { side: 'target', soakSinceMs: 0, stranded: false } as const;
const onSource = { side: 'source', soakSinceMs: null, stranded: false } as const;
const strandedOne = { side: null, soakSinceMs: null, stranded: true } as const;
const open = (verb: string, module: string | null = 'memory') => ({ run: 'run-1', verb, module });

describe('a module', () => {
  it.each<[string, Partial<ModuleEvidence>, string]>([
    ['that nothing was ever done with', {}, 'source'],
    ['that came back', { history: onSource }, 'source'],
    ['on source and seen reading there', { readers: ['source'] }, 'source'],
    ['on source that does not run', { readers: [] }, 'source'],
    ['on target', { settings: 'target', history: onTarget }, 'soaking'],
    ['on target for long enough', { settings: 'target', history: onTarget, nowMs: DAY }, 'soaked'],
    [
      'on target for almost long enough',
      { settings: 'target', history: onTarget, nowMs: DAY - 1 },
      'soaking',
    ],
    [
      'on target whose soak has not begun',
      { settings: 'target', history: { ...onTarget, soakSinceMs: null } },
      'soaking',
    ],
    ['whose migration is open', { openRun: open('migrate') }, 'moving'],
    [
      'whose migration is open, settings changed',
      { settings: 'target', openRun: open('migrate') },
      'moving',
    ],
    [
      'whose rollback is open',
      { settings: 'target', history: onTarget, openRun: open('rollback') },
      'going-back',
    ],
    ['that is being settled', { openRun: open('settle') }, 'moving'],
    ['while another one is moved', { openRun: open('migrate', 'brain') }, 'source'],
    ['whose undo failed', { history: strandedOne }, 'stranded'],
    [
      'whose undo failed, settings at odds',
      { settings: 'mixed', history: strandedOne },
      'stranded',
    ],
    [
      'that goes back after its undo failed',
      { history: strandedOne, openRun: open('rollback') },
      'going-back',
    ],
    ['with settings here and there', { settings: 'mixed' }, 'drift'],
    ['whose settings cannot be read', { settings: 'unreadable' }, 'drift'],
    ['whose settings were changed by hand', { settings: 'target' }, 'drift'],
    ['whose settings were put back by hand', { history: onTarget }, 'drift'],
    ['that reads on the other side', { readers: ['target'] }, 'drift'],
    ['that reads on both sides', { readers: ['source', 'target'] }, 'source'],
    ['that nobody could look at', { readers: null }, 'source'],
  ])('%s', (_name, changes, expected) => {
    expect(moduleState(evidence(changes)).name).toBe(expected);
  });

  it('says what disagrees', () => {
    const because = (changes: Partial<ModuleEvidence>) => moduleState(evidence(changes)).because;
    expect(because({ settings: 'target' })).toBe(
      'its settings point to the target, the journal says source',
    );
    expect(because({ readers: ['target'] })).toBe(
      'its settings point to the source, but it reads on the target',
    );
    expect(because({ openRun: open('settle') })).toBe('the settling run-1 is not finished');
  });

  it('says how much of its soak is left, and only then', () => {
    const soaking = { settings: 'target', history: onTarget, nowMs: DAY / 4 } as const;
    expect(moduleState(evidence(soaking)).soakLeftMs).toBe((3 * DAY) / 4);
    expect(moduleState(evidence({ ...soaking, nowMs: 9 * DAY })).soakLeftMs).toBe(0);
    expect(moduleState(evidence({})).soakLeftMs).toBeNull();
  });
});

function evidence(changes: Partial<ModuleEvidence>): ModuleEvidence {
  return {
    ...{ module: 'memory', settings: 'source', readers: null, history: null, openRun: null },
    ...{ nowMs: 1_000, soakMs: DAY },
    ...changes,
  };
}
