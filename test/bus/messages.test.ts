import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { shippedContracts } from './bus-fixture.js';
import { messageTypes } from './message-types.js';

const directory = fileURLToPath(new URL('../../src/bus/', import.meta.url));

test('the message types are those of the contracts; -u makes them again', async () => {
  for (const [name, text] of messageTypes(await shippedContracts())) {
    await expect(text).toMatchFileSnapshot(join(directory, name));
  }
});

test('every contract has a type', async () => {
  const text = await readFile(join(directory, 'messages.ts'), 'utf8');
  const { types } = await shippedContracts();
  const missing = types.filter((type) => !new RegExp(`readonly '?${type}'?: \\w+;`).test(text));
  expect(missing).toEqual([]);
  expect(types).toHaveLength(13);
});
