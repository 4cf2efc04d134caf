import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import {
  type RehearsalEvent,
  type RehearsalOptions,
  type RehearsalResult,
  rehearse,
} from '../../src/rehearsal/index.js';
import { builtPackage } from '../support/built.js';
import { byHand } from '../support/by-hand.js';

const MODULES = ['memory', 'guardian', 'brain', 'commander', 'approval'];

const GO = {
  targetBus: [fileURLToPath(new URL('../support/go-bus.mjs', import.meta.url)), '{port}'],
};

let temporary = '';
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'orion-test-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

async function rehearsed(
  options: Pick<RehearsalOptions, 'openDrill'> & Partial<RehearsalOptions>,
): Promise<{ result: RehearsalResult; events: RehearsalEvent[] }> {
  const events: RehearsalEvent[] = [];
  const all: RehearsalOptions = {
    ...{ packageRoot: await builtPackage(), temporary, path: process.env['PATH'] ?? '' },
    ...{ clock: systemClock, signal: new AbortController().signal, rate: 200, seed: 'test' },
    ...{ keep: false, soak: '0s' },
    ...options,
  };
  const result = await rehearse(all, (event) => events.push(event));
  return { result, events };
}

it('finds nothing wrong with an exact handoff, and says what it did', async () => {
  const { result, events } = await rehearsed({ openDrill: byHand('exact') });
  expect(result.modules).toEqual(
    MODULES.map((module) => expect.objectContaining({ module, lost: 0, twice: 0, owed: 0 })),
  );
  expect(result).toMatchObject({ ok: true, exitCode: 0, directory: null });
  for (const { published, handled, repeated, announced } of result.modules) {
    expect(handled).toBe(published);
    expect(repeated).toBeLessThanOrEqual(announced);
  }
  const toCutover = [
    'phase1 start',
    ...MODULES.map((module) => `migrate ${module}`),
    'phase3 cutover',
  ];
  expect(result.moves.map(({ command }) => command)).toEqual([
    ...[...toCutover, 'phase3 finalize', 'rollback --phase 3'],
    ...[...toCutover, 'rollback --phase 3'],
  ]);
  const [planned, ...rest] = events;
  const stages = planned?.type === 'planned' ? planned.stages.map(({ id }) => id) : [];
  const done = rest.filter(({ type }) => type === 'stage.done');
  expect(done.map((event) => ('stage' in event ? event.stage : ''))).toEqual(stages);
  expect(readdirSync(temporary)).toEqual([]);
});

it('catches the doubles of the written procedure', async () => {
  const { result } = await rehearsed({ openDrill: byHand('rename'), history: 300, ...GO });
  expect(result).toMatchObject({ ok: false, exitCode: 2 });
  for (const { twice } of result.modules) expect(twice).toBeGreaterThan(0);
});

it('goes no further after a move that failed, but audits what was done and can keep it', async () => {
  const { result, events } = await rehearsed({
    ...{ ...GO, keep: true },
    openDrill: async (config, signal) => {
      const drill = await byHand('exact')(config, signal);
      return {
        ...drill,
        migrate: (module, report) =>
          module === 'brain'
            ? Promise.resolve({ exitCode: 3, text: 'still being read' })
            : drill.migrate(module, report),
      };
    },
  });
  expect(result).toMatchObject({ ok: false, exitCode: 3 });
  expect(result.moves.map(({ command }) => command)).toEqual([
    ...['phase1 start', 'migrate memory', 'migrate guardian', 'migrate brain'],
  ]);
  expect(result.modules).toEqual(
    MODULES.map((module) => expect.objectContaining({ module, lost: 0, twice: 0 })),
  );
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'stage.failed', stage: 'first.brain' }),
  );
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'stage.skipped', stage: 'emergency' }),
  );
  expect(readdirSync(result.directory ?? '')).toEqual(
    expect.arrayContaining(['orion-bus.yaml', 'ledger', 'log', 'etc']),
  );
});

it('ends everything when it is interrupted, and says so', async () => {
  const interruption = new AbortController();
  const running = rehearsed({
    ...GO,
    signal: interruption.signal,
    openDrill: async (config, signal) => {
      const drill = await byHand('exact')(config, signal);
      return {
        ...drill,
        async migrate(module, report) {
          interruption.abort();
          return drill.migrate(module, report);
        },
      };
    },
  });
  await expect(running).rejects.toMatchObject({ code: 'rehearsal.interrupted', exitCode: 130 });
  expect(readdirSync(temporary)).toEqual([]);
});

it('says what to do when there is no Redis server to start', async () => {
  await expect(rehearsed({ openDrill: byHand('exact'), path: temporary })).rejects.toMatchObject({
    ...{ code: 'rehearsal.redis', exitCode: 1 },
    next: expect.arrayContaining(['bin/setup']),
  });
  expect(readdirSync(temporary)).toEqual([]);
});
