import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/problems/index.js';
import { DOCUMENTED } from '../../src/report/index.js';
import { type Bench, openBench, SOURCE } from '../commands/bench.js';
import { SAMPLES } from '../contracts/samples.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { commandOf, documentFault } from '../support/document-fault.js';

let cli: BuiltCli;
let bench: Bench;

beforeAll(async () => {
  cli = await buildCli();
  bench = await openBench(cli);
});
afterAll(() => Promise.all([bench.close(), cli.remove()]));

/**
 * A result of every command. `ask` itself holds each document against its schema, here and in every
 * other test that asks; `serve` and `rehearse` answer in tests of their own, and are held there.
 */
const RESULTS: readonly (readonly [line: string, code: number])[] = [
  ['lag', 0],
  ['lag --check', 0],
  ['validate', 0],
  ['status', 0],
  ['pending', 0],
  ['pending --dead', 0],
  ['groups', 0],
  ['groups repair memory --yes', 0],
  ['groups settle memory --dry-run', 0],
  ['claim memory --to memory-1', 0],
  ['claim memory --dead', 0],
  ['ack memory 1-1 --reason tried', 0],
  ['contracts', 0],
  ['contracts show event', 0],
  ['contracts check', 0],
  ['runbooks', 0],
  ['runbooks show phase2-migrate', 0],
  ['runbooks check', 0],
  ['report', 0],
  ['completion bash', 0],
  ['schema', 0],
  ['schema lag', 0],
  ['init --dry-run', 0],
  ['migrate memory --dry-run', 0],
  ['phase1 start --dry-run', 0],
  ['phase3 cutover --dry-run', 0],
  ['phase3 finalize --dry-run', 0],
  ['rollback --phase 2 --dry-run', 0],
  ['rollback --phase 2 --module memory --yes', 0],
  ['baseline --for 1s', 0],
  ['halt --reason tried', 0],
  ['halt --clear --reason tried', 0],
  ['watch --once', 0],
  ['journal', 0],
  ['journal show 1', 0],
  ['journal verify', 0],
];

describe('a document keeps to the schema of its command', () => {
  it.each(RESULTS)('%s --json', async (line, code) => {
    const end = await bench.ask(...line.split(' '), '--json');
    expect(end).toMatchObject({ code, stderr: expect.any(String) });
    expect(JSON.parse(end.stdout)).not.toHaveProperty('error');
  });

  it('publish --json', async () => {
    const input = JSON.stringify(SAMPLES.find(({ type }) => type === 'event')?.message);
    const end = await cli.ask(['publish', 'event', '--json', '--redis-url', bench.redis.url], {
      input,
    });
    expect(JSON.parse(end.stdout)).toMatchObject({ published: 1 });
  });

  it.each<[line: string, code: number]>([
    ['claim memory --to memory-1 --min-idle 0', 64],
    ['migrate memory', 1],
    [`groups remove ${SOURCE.memory} --yes`, 3],
    ['journal adopt --yes', 64],
    ['lag nothing', 64],
    ['contracts show evnt', 64],
    ['schema lga', 64],
    ['runbooks show nothing', 64],
    ['journal show 999', 64],
  ])('%s --json, refused', async (line, code) => {
    const [text, json] = [
      await bench.ask(...line.split(' ')),
      await bench.ask(...line.split(' '), '--json'),
    ];
    expect([text.code, json.code]).toEqual([code, code]);
    expect(JSON.parse(json.stdout)).toMatchObject({ v: 1, ok: false, exitCode: code });
    expect(JSON.parse(json.stdout).next).not.toEqual([]);
  });

  it('and every command has one, and is tried', async () => {
    const { commands } = JSON.parse(await readFile(join(cli.root, 'oclif.manifest.json'), 'utf8'));
    expect(new Set(DOCUMENTED)).toEqual(new Set(Object.keys(commands)));
    const tried = RESULTS.map(([line]) => commandOf(line.split(' ')));
    const elsewhere = ['serve', 'rehearse', 'publish', 'groups:remove', 'journal:adopt'];
    expect(new Set([...tried, ...elsewhere])).toEqual(new Set(DOCUMENTED));
  });

  it('which tells a document that does not', () => {
    const fault = (document: object, code = 0): string | null =>
      documentFault(['halt', '--json'], { code, stdout: JSON.stringify(document) });
    const halt = { reason: 'r', by: 'b', at: 'a' };
    const sound = { v: 1, ok: true, exitCode: 0, raised: true, halt, next: [] };
    expect(fault(sound)).toBe(null);
    expect(fault({ ...sound, more: 1 })).toContain('more');
    expect(fault({ ...sound, raised: 'yes' })).not.toBe(null);
    expect(fault({ ...sound, next: undefined })).toContain('next');
    expect(fault(sound, 1)).toContain('ended with 1');
    for (const code of Object.keys(EXIT_CODES)) {
      const error = { kind: 'k', code: 'c', message: 'm', hint: null };
      const document = { v: 1, ok: false, exitCode: Number(code), error, next: [] };
      expect(fault(document, Number(code))).toBe(null);
    }
  });

  it('which is printed as it is, to be kept', async () => {
    const { stdout } = await cli.ask(['schema', 'groups', 'settle']);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'orion-bus groups settle --json' });
  });
});
