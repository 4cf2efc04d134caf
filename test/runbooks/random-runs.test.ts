import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BoundStep } from '../../src/runbooks/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { back, migrate, SOUND } from './procedure.js';
import { type Attempted, type Attempting, Rig } from './rig.js';

/*
 * Random lists of steps with random faults in the world, and processes that end at random points. What
 * an unbroken run comes to is computed here, without the engine; every broken run must come to it too.
 */

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

interface Part {
  readonly uses: 'gate' | 'check' | 'fence' | 'set';
  /** A look that does not find what it wants, or a setting that cannot be made. */
  readonly fails: boolean;
  /** A setting that is made already. */
  readonly already: boolean;
}

interface Scenario {
  readonly before: readonly Part[];
  /** Null for a runbook that stops nothing. */
  readonly pause: readonly Part[] | null;
  readonly after: readonly Part[];
  readonly undoFails: boolean;
  readonly hasUndo: boolean;
  /** How many points each process passes before it ends; the one after them is not ended. */
  readonly ends: readonly number[];
}

const part: fc.Arbitrary<Part> = fc.record({
  uses: fc.constantFrom('gate', 'check', 'fence', 'set', 'set', 'set'),
  fails: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
  already: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});
const parts = fc.array(part, { maxLength: 3 });
const scenario: fc.Arbitrary<Scenario> = fc.record({
  before: parts,
  pause: fc.option(parts),
  after: parts,
  undoFails: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  hasUndo: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
  ends: fc.array(fc.nat(45), { maxLength: 4 }),
});

describe('any list of steps, ended anywhere', () => {
  it('comes to what it must come to', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const { steps, undo, world } = procedureOf(drawn);
        const rig = await Rig.on(redis, world);
        const options: Attempting = {
          steps,
          undo: drawn.hasUndo ? { runbook: back, steps: undo } : null,
          runbook: migrate,
          pointOfReturn: null,
        };
        let last: Attempted | null = null;
        for (const end of [...drawn.ends, Number.POSITIVE_INFINITY]) {
          if (last?.records.at(-1)?.type === 'run.finished') break;
          last = await rig.attempt({
            ...options,
            at: (_, index, die) => (index === end ? die() : undefined),
          });
        }
        const expected = expectedOf(steps, undo, drawn.hasUndo, world);
        const finished = last?.records.at(-1)?.data;
        expect({ outcome: finished?.['outcome'], undo: finished?.['undo'] }).toEqual(expected.came);
        expect(await rig.world()).toEqual(expected.world);
        const captured = await rig.list('captures');
        const intended = (last?.records ?? []).filter(({ type }) => type === 'step.intended');
        // Captured again only by a process that ended before it could store what it had found.
        expect(new Set(intended.map(({ step }) => step)).size).toBe(intended.length);
        expect(captured.length).toBeGreaterThanOrEqual(intended.length);
        await rig.remove();
      }),
      { numRuns: 60 },
    );
  });
});

interface Procedure {
  readonly steps: readonly BoundStep[];
  readonly undo: readonly BoundStep[];
  readonly world: Readonly<Record<string, string>>;
}

function procedureOf({ before, pause, after, undoFails }: Scenario): Procedure {
  const world: Record<string, string> = {};
  const make = (id: string, { uses, fails, already }: Part): BoundStep => {
    if (uses !== 'set') world[id] = fails ? 'no' : 'yes';
    else if (already) Object.assign(world, { [id]: 'yes', [`${id}:proof`]: 'yes' });
    else if (fails) world[`${id}:jammed`] = 'yes';
    return bound(id, uses, { field: id, value: 'yes' });
  };
  const stopping = [bound('stop', 'stop', { field: 'service', value: 'down' })];
  const starting = [bound('start', 'start', { field: 'service', value: 'up' })];
  const named = (prefix: string, list: readonly Part[]): BoundStep[] =>
    list.map((drawn, index) => make(`${prefix}-${index}`, drawn));
  const steps = [
    ...named('before', before),
    ...(pause === null ? [] : [...stopping, ...named('pause', pause), ...starting]),
    ...named('after', after),
  ];
  const undo = [
    ...stopping,
    ...steps
      .filter(({ kind }) => kind === 'set')
      .toReversed()
      .map(({ id }) => bound(id, 'restore', { field: id, value: '', of: id })),
    ...starting,
  ];
  if (undoFails) world['service:jammed'] = 'down';
  return { steps, undo, world };
}

function bound(id: string, kind: string, args: BoundStep['args']): BoundStep {
  return { id, base: id, title: id, kind, args, timeoutMs: null, exit: null, byHand: null };
}

type World = Record<string, string>;

/** The model: walks the lists once, with nothing in between. */
function expectedOf(
  steps: readonly BoundStep[],
  undo: readonly BoundStep[],
  hasUndo: boolean,
  drawn: Readonly<World>,
): { came: { outcome: string; undo: string }; world: World } {
  const world: World = { ...SOUND, ...drawn };
  const intents = new Map<string, string>();
  const changed = new Set<string>();
  const walk = (list: readonly BoundStep[], isUndo: boolean): boolean => {
    for (const { id, kind, args } of list) {
      const field = String(args['field']);
      if (['gate', 'check', 'fence'].includes(kind)) {
        if (world[field] !== args['value']) return false;
        continue;
      }
      const wanted = kind === 'restore' ? (intents.get(id) ?? '') : String(args['value']);
      if (!isUndo) intents.set(id, world[field] ?? '');
      if ((world[field] ?? '') === wanted && (world[`${field}:proof`] ?? '') === wanted) continue;
      if (!isUndo) changed.add(id);
      if (world[`${field}:jammed`] === wanted) return false;
      world[field] = wanted;
      world[`${field}:proof`] = wanted;
    }
    return true;
  };
  if (walk(steps, false)) return { came: { outcome: 'done', undo: 'none' }, world };
  if (!hasUndo || changed.size === 0) return { came: { outcome: 'failed', undo: 'none' }, world };
  return { came: { outcome: 'failed', undo: walk(undo, true) ? 'done' : 'failed' }, world };
}
