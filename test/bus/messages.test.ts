import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { shippedContracts } from './bus-fixture.js';
import { messageTypes } from './message-types.js';

const file = fileURLToPath(new URL('../../src/bus/messages.ts', import.meta.url));

test('the message types are those of the contracts; -u makes them again', async () => {
  await expect(messageTypes(await shippedContracts())).toMatchFileSnapshot(file);
});

test('every contract has a type', async () => {
  const text = await readFile(file, 'utf8');
  const { types } = await shippedContracts();
  const missing = types.filter((type) => !new RegExp(`readonly '?${type}'?: \\w+;`).test(text));
  expect(missing).toEqual([]);
  expect(types).toHaveLength(13);
});
