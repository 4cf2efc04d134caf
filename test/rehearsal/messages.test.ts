import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadContracts } from '../../src/contracts/index.js';
import { CAST_TYPES } from '../../src/rehearsal/cast.js';
import { makeMessage } from '../../src/rehearsal/messages.js';
import { randomOf, uuidOf } from '../../src/rehearsal/random.js';

const directory = fileURLToPath(new URL('../../contracts', import.meta.url));

describe('messages of the stand-ins', () => {
  it.each(CAST_TYPES)(
    'of type %s are what the contract asks for, formats included',
    async (type) => {
      const contracts = await loadContracts({ directory, strictFormats: true });
      const random = randomOf(`messages ${type}`);
      for (let n = 0; n < 200; n += 1) {
        const message = makeMessage(type, { random, now: 1_700_000_000_000 + n });
        expect(contracts.check(type, message)).toMatchObject({ valid: true, warnings: [] });
      }
    },
  );

  it('name the message that led to them', () => {
    const random = randomOf('cause');
    const event = makeMessage('event', { random, now: 0 });
    const incident = makeMessage('incident', { random, now: 0, cause: event });
    const decision = makeMessage('decision', { random, now: 0, cause: incident });
    expect(incident['event_ids']).toEqual([event['event_id']]);
    expect(decision['incident_id']).toBe(incident['incident_id']);
  });

  it('are the same for the same seed, and ids are version 4 uuids', () => {
    expect(uuidOf(randomOf('a'))).toBe(uuidOf(randomOf('a')));
    expect(uuidOf(randomOf('a'))).not.toBe(uuidOf(randomOf('b')));
    expect(uuidOf(randomOf('a'))).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
