import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { byHand } from '../support/by-hand.js';
import { GO, MODULES, rehearsalRoom } from './rehearsal-room.js';

const room = rehearsalRoom();

it('goes no further after a move that failed, but audits what was done and can keep it', async () => {
  const { result, events } = await room.rehearsed({
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
  const running = room.rehearsed({
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
  expect(readdirSync(room.temporary)).toEqual([]);
});

it('says what to do when there is no Redis server to start', async () => {
  await expect(
    room.rehearsed({ openDrill: byHand('exact'), path: room.temporary }),
  ).rejects.toMatchObject({
    ...{ code: 'rehearsal.redis', exitCode: 1 },
    next: expect.arrayContaining(['bin/setup']),
  });
  expect(readdirSync(room.temporary)).toEqual([]);
});
