import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { byHand } from '../support/by-hand.js';
import { GO, MODULES, rehearsalRoom } from './rehearsal-room.js';

/* Whole rehearsals with modules moved by hand: the ledger tells right from wrong. */

const room = rehearsalRoom();

it('finds nothing wrong with an exact handoff, and says what it did', async () => {
  const { result, events } = await room.rehearsed({ openDrill: byHand('exact') });
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
  expect(readdirSync(room.temporary)).toEqual([]);
});

it('catches the doubles of the written procedure', async () => {
  const { result } = await room.rehearsed({ openDrill: byHand('rename'), history: 300, ...GO });
  expect(result).toMatchObject({ ok: false, exitCode: 2 });
  for (const { twice } of result.modules) expect(twice).toBeGreaterThan(0);
});
