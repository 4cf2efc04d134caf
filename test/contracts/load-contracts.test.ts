import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadContracts } from '../../src/contracts/index.js';
import type { OrionError } from '../../src/problems/index.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orion-contracts-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const put = (name: string, schema: unknown): Promise<void> =>
  writeFile(
    join(directory, name),
    typeof schema === 'string' || Buffer.isBuffer(schema) ? schema : JSON.stringify(schema),
  );
const refusal = async (): Promise<OrionError> =>
  loadContracts({ directory }).then(
    () => Promise.reject(new Error('it was loaded')),
    (error: OrionError) => error,
  );

describe('loadContracts', () => {
  it('names every file that cannot be used, in one error of kind validation', async () => {
    await put('good.schema.json', { type: 'object' });
    await put('torn.schema.json', '{"type": "object",');
    await put('empty.schema.json', '');
    await put('list.schema.json', []);
    await put('wrong.schema.json', { type: 'objekt' });
    await put('older.schema.json', { $schema: 'http://json-schema.org/draft-07/schema#' });
    await put('async.schema.json', { $async: true });
    await put('lost.schema.json', { $ref: 'https://example.invalid/other' });
    await put('bytes.schema.json', Buffer.from([0x7b, 0xff, 0x7d]));
    await put('bad name.schema.json', {});
    await mkdir(join(directory, 'folder.schema.json'));
    await symlink('/nowhere/at/all', join(directory, 'link.schema.json'));
    const error = await refusal();
    expect(error).toMatchObject({ kind: 'validation', exitCode: 4, code: 'contracts.unusable' });
    const bad = ['torn', 'empty', 'list', 'wrong', 'older', 'async', 'lost', 'bytes', 'bad name']
      .concat(['folder', 'link'])
      .map((type) => join(directory, `${type}.schema.json`));
    for (const file of bad) expect(error.message).toContain(`${file} `);
    expect(error.message).not.toContain('good.schema.json');
    expect(error.message).toMatch(/torn\.schema\.json is not JSON \(.* at line 1, column \d+\)/);
  });

  it('names both files of a duplicate', async () => {
    await put('one.schema.json', { $id: 'urn:same' });
    await put('two.schema.json', { $id: 'urn:same' });
    const { message } = await refusal();
    expect(message).toContain(join(directory, 'one.schema.json'));
    expect(message).toContain(join(directory, 'two.schema.json'));
  });

  it('refuses an empty directory, a missing one, and a file in its place', async () => {
    await put('README.md', 'no schema');
    expect((await refusal()).message).toContain(`${directory} holds no *.schema.json file`);
    await rm(directory, { recursive: true });
    expect((await refusal()).message).toContain(directory);
    await writeFile(directory, '');
    expect((await refusal()).message).toContain(directory);
  });

  it('accepts what the draft allows: unknown keywords and formats, references between files', async () => {
    await put('part.schema.json', { $defs: { name: { type: 'string', 'x-note': 1 } } });
    await put('whole.schema.json', {
      properties: {
        a: { $ref: 'part.schema.json#/$defs/name' },
        b: { type: 'string', format: 'odd' },
      },
    });
    const contracts = await loadContracts({ directory });
    expect(contracts.types).toEqual(['part', 'whole']);
    expect(contracts.check('whole', { a: 'x', b: '' })).toEqual({ valid: true, warnings: [] });
    expect(contracts.check('whole', { a: 1 })).toMatchObject({ violations: [{ pointer: '/a' }] });
  });

  it('survives a schema that refers to itself without end', async () => {
    await put('circle.schema.json', { $ref: '#' });
    const contracts = await loadContracts({ directory });
    expect(contracts.check('circle', {})).toMatchObject({ valid: false });
  });

  it('does not take what every object inherits for a field', async () => {
    await put('own.schema.json', { type: 'object', required: ['constructor'] });
    const contracts = await loadContracts({ directory });
    expect(contracts.check('own', {})).toMatchObject({ violations: [{ pointer: '/constructor' }] });
    expect(contracts.get('toString')).toBeNull();
  });
});
