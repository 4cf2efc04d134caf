import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type MigrationPhase,
  type ModuleStateName,
  type OpenRun,
  PHASES,
} from '../../src/checks/index.js';
import { OrionError } from '../../src/problems/index.js';
import { PHASE_VERBS, type PhaseVerb } from '../../src/runbooks/phase-history.js';
import { commandOf, mayMigrate } from '../../src/runbooks/verbs/legality.js';
import {
  backOfModule,
  nextCommand,
  nextOfModule,
  type Situation,
} from '../../src/runbooks/verbs/next-command.js';
import { mayDo } from '../../src/runbooks/verbs/phase-legality.js';
import type { ModuleStanding } from '../../src/steps/index.js';

/* Every state prints one next command, and it is legal there. */

const MODULES = ['memory', 'guardian', 'brain'] as const;
type Names = readonly [ModuleStateName, ModuleStateName, ModuleStateName];

const situation = (phase: MigrationPhase, names: Names, more: Partial<Situation> = {}) => ({
  phase,
  modules: MODULES.map((module, at) => ({ module, name: names[at] ?? 'source' })),
  openRun: null,
  halt: null,
  journalProblem: null,
  ...more,
});
const open = (verb: string, module: string | null = null): OpenRun => ({ run: 'r1', verb, module });
const HALT = { reason: 'by hand' };
const ON_SOURCE: Names = ['source', 'source', 'source'];
const ON_TARGET: Names = ['soaked', 'soaked', 'soaked'];

describe('the way forward', () => {
  it.each<[MigrationPhase, Names, OpenRun | null, string]>([
    ['P0', ON_SOURCE, null, 'orion-bus phase1 start'],
    ['P1r', ON_SOURCE, null, 'orion-bus phase1 start'],
    ['P1r', ON_SOURCE, open('phase1-start'), 'orion-bus phase1 start'],
    ['P1', ON_SOURCE, null, 'orion-bus migrate memory'],
    ['P1✓', ON_SOURCE, null, 'orion-bus migrate memory'],
    ['P2', ['soaking', 'source', 'source'], null, 'orion-bus migrate guardian'],
    ['P2', ['soaked', 'soaked', 'soaking'], null, 'orion-bus validate'],
    ['P2✓', ON_TARGET, null, 'orion-bus phase3 cutover'],
    ['P3r', ON_TARGET, open('phase3-cutover'), 'orion-bus phase3 cutover'],
    ['P3', ON_TARGET, null, 'orion-bus validate'],
    ['P3✓', ON_TARGET, null, 'orion-bus phase3 finalize'],
    ['Fr', ON_TARGET, open('phase3-finalize'), 'orion-bus phase3 finalize'],
    ['F', ON_TARGET, null, 'orion-bus validate'],
    ['R1', ON_TARGET, open('rollback-phase1'), 'orion-bus rollback --phase 1'],
    ['R2', ON_TARGET, open('rollback-phase2'), 'orion-bus rollback --phase 2'],
    ['R3', ON_TARGET, open('rollback-phase3'), 'orion-bus rollback --phase 3'],
  ])('in %s with %s', (phase, names, openRun, command) => {
    expect(nextCommand(situation(phase, names, { openRun }))).toBe(command);
  });

  it.each<[MigrationPhase, string, string]>([
    ['P1r', 'phase1-start', 'orion-bus rollback --phase 1'],
    ['P3r', 'phase3-cutover', 'orion-bus rollback --phase 3'],
    ['Fr', 'phase3-finalize', 'orion-bus rollback --phase 3'],
    ['R3', 'rollback-phase3', 'orion-bus rollback --phase 3'],
  ])('under a halt %s with an open %s is taken back', (phase, verb, command) => {
    const now = situation(phase, ON_TARGET, { openRun: open(verb), halt: HALT });
    expect(nextCommand(now)).toBe(command);
  });
});

describe('in any situation', () => {
  it('the next command is legal', () => {
    fc.assert(
      fc.property(SITUATIONS, (now) => {
        expect(whyIllegal(nextCommand(now), now)).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it('what is told of a module is legal, but for a forward command under a halt or beside a run', () => {
    fc.assert(
      fc.property(SITUATIONS, (now) => {
        for (const { module, name } of now.modules) {
          const commands = [
            ...(name === 'source' ? [] : [nextOfModule(module, name, now.openRun)]),
            ...(name === 'source' ? [] : [backOfModule(module, now.openRun)]),
          ];
          for (const command of commands) {
            if (command === null || now.openRun?.module != null) continue;
            expect(whyIllegal(command, { ...now, halt: null })).toBeNull();
          }
        }
      }),
    );
  });
});

/** Phases with the runs that can be open in them, and states as they then can be. */
const SITUATIONS: fc.Arbitrary<Situation> = fc
  .record({
    phase: fc.constantFrom(...PHASES),
    halted: fc.boolean(),
    service: fc.constantFrom(null, 'migrate', 'rollback', 'settle'),
    at: fc.nat({ max: 2 }),
    isOpen: fc.boolean(),
    names: fc.tuple(
      ...MODULES.map(() =>
        fc.constantFrom<ModuleStateName>('source', 'soaking', 'soaked', 'stranded', 'drift'),
      ),
    ),
  })
  .map(({ phase, halted, service, at, isOpen, names }) => {
    const ofPhase = RUN_OF[phase];
    const module = MODULES[at] ?? MODULES[0];
    const openRun =
      ofPhase !== undefined
        ? isOpen
          ? open(ofPhase)
          : null
        : service === null
          ? null
          : open(service, module);
    const states = MODULES.map((each, place): { module: string; name: ModuleStateName } => {
      const isOpenOne = openRun?.module === each;
      const name = openRun?.verb === 'rollback' ? 'going-back' : 'moving';
      return { module: each, name: isOpenOne ? name : (names[place] ?? 'source') };
    });
    return { phase, modules: states, openRun, halt: halted ? HALT : null, journalProblem: null };
  });

const RUN_OF: Partial<Record<MigrationPhase, PhaseVerb>> = {
  P1r: 'phase1-start',
  P3r: 'phase3-cutover',
  Fr: 'phase3-finalize',
  R1: 'rollback-phase1',
  R2: 'rollback-phase2',
  R3: 'rollback-phase3',
};

/** Why this command would be refused before any gate is asked; null where it would not. */
function whyIllegal(command: string, now: Situation): string | null {
  const { phase, openRun, halt } = now;
  if (command === 'orion-bus validate') return openRun === null ? null : 'a run has to be finished';
  if (command.startsWith('orion-bus halt --clear'))
    return halt === null ? 'there is no halt' : null;
  const verb = PHASE_VERBS.find((each) => commandOf(open(each)) === command);
  if (verb !== undefined) {
    const answer = mayDo(phase, verb);
    const forward = !verb.startsWith('rollback');
    if (forward && halt !== null) return 'a halt is in force';
    if (forward && openRun !== null && openRun.verb !== verb) return 'another run is open';
    return ['open-run', 'too-early', 'nothing', 'already'].includes(answer) ? answer : null;
  }
  const [, word = '', module = ''] =
    /^orion-bus (migrate|rollback --phase 2 --module|groups settle) (\S+)$/.exec(command) ?? [];
  if (word === 'migrate') return halt !== null ? 'a halt is in force' : whyNotMigrate(module, now);
  if (word === '') return `nobody knows ${command}`;
  return openRun === null || openRun.module === module ? null : 'another run is open';
}

function whyNotMigrate(module: string, { modules, openRun }: Situation): string | null {
  try {
    const answer = mayMigrate(module, standingsOf(modules), openRun);
    return answer === 'already' ? answer : null;
  } catch (error) {
    if (error instanceof OrionError) return error.code;
    throw error;
  }
}

function standingsOf(modules: Situation['modules']): ReadonlyMap<string, ModuleStanding> {
  return new Map(
    modules.map(({ module, name }) => [
      module,
      {
        // Only what legality asks of a module.
        module: { settings: [] } as unknown as ModuleStanding['module'],
        state: { name, because: 'so it is', soakLeftMs: null },
        settings: { side: 'source' as const, settings: [] },
        readers: null,
      },
    ]),
  );
}
