import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let cli: BuiltCli;
let redis: TestRedis;

beforeAll(async () => {
  [cli, redis] = await Promise.all([buildCli(), startRedis()]);
});
afterAll(() => Promise.all([cli.remove(), redis.stop()]));

const EVENT = {
  version: '1.0',
  timestamp: '2026-01-17T03:00:00Z',
  source: 'orion-edge-agent',
  event_id: 'a3bb189e-8bf9-4c1e-9b3c-2f0e6f7d8a11',
  event_type: 'service_down',
  severity: 'error',
  data: { service: 'orion-memory', note: 'ü\u001b[31m' },
};

const publish = (args: readonly string[], input: string) =>
  cli.ask(['publish', ...args, '--redis-url', redis.url], { input });

describe('publish', () => {
  it('writes a message from standard input as it stands, and prints its id', async () => {
    const { code, stdout, stderr } = await publish(['event'], JSON.stringify(EVENT, null, 2));
    expect([code, stderr]).toEqual([0, '']);
    const [id, [field, data] = []] = await last('orion:events');
    expect(stdout).toBe(`${id}\n`);
    expect([field, JSON.parse(data ?? '')]).toEqual(['data', EVENT]);
  });

  it('writes each line of a file with --ndjson, in their order', async () => {
    const file = join(cli.root, 'messages.ndjson');
    const lines = [1, 2, 3].map((n) => JSON.stringify({ ...EVENT, data: { n } }));
    await writeFile(file, `${lines.join('\n\n')}\n`);
    const { code, stdout } = await publish(['event', '--file', file, '--ndjson', '--json'], '');
    const { v, published, ids, next } = JSON.parse(stdout);
    expect([code, v, published, ids.length, next]).toEqual([0, 1, 3, 3, []]);
    expect((await last('orion:events'))[0]).toBe(ids[2]);
  });

  it('keeps all messages back when one does not fit, and says which', async () => {
    const before = await redis.link.command('XLEN', 'orion:events');
    const bad = { ...EVENT, severity: 'fatal' };
    const input = `${JSON.stringify(EVENT)}\n${JSON.stringify(bad)}\nnot json\n`;
    const [text, json] = [
      await publish(['event', '--ndjson'], input),
      await publish(['event', '--ndjson', '--json'], input),
    ];
    expect([text.code, json.code]).toEqual([4, 4]);
    expect(text.stdout.replaceAll(/\s+/g, ' ')).toContain('FAIL line 2: /severity is "fatal"');
    expect(text.stdout).toContain('FAIL  line 3');
    expect(text.stderr).toContain('Nothing was written.');
    expect(text.stderr).toContain('  next: orion-bus contracts show event\n');
    expect(JSON.parse(json.stdout)).toMatchObject({
      v: 1,
      ok: false,
      exitCode: 4,
      invalid: 2,
      error: { kind: 'validation', code: 'contract.violated' },
    });
    expect(await redis.link.command('XLEN', 'orion:events')).toBe(before);
  });

  it.each<[args: readonly string[], input: string, code: number, said: string]>([
    [['event'], '', 4, 'There is no message in standard input.'],
    [['evnt'], '{}', 64, 'There is no contract "evnt".'],
    [['event', '--file', 'missing.json'], '', 64, 'missing.json cannot be read: ENOENT'],
    [
      ['event', '--redis-url', 'redis://127.0.0.1:1'],
      JSON.stringify(EVENT),
      1,
      'Redis at redis://127.0.0.1:1',
    ],
  ])('%j refuses %j with %i', async (args, input, code, said) => {
    const { code: ended, stdout, stderr } = await cli.ask(['publish', ...args], { input });
    expect([ended, stdout]).toEqual([code, '']);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(said);
  });
});

describe('contracts check', () => {
  it.each<[message: object, code: number]>([
    [EVENT, 0],
    [{ ...EVENT, colour: 'red' }, 4],
    // A format that does not hold is a warning: the buses in production do not check it either.
    [{ ...EVENT, event_id: 'no uuid' }, 0],
  ])('of a message ends with its verdict', async (message, code) => {
    const ended = await cli.ask(['contracts', 'check', 'event', '-', '--json'], {
      input: JSON.stringify(message),
    });
    const { ok, exitCode, checked } = JSON.parse(ended.stdout);
    expect([ended.code, ok, exitCode, checked]).toEqual([code, code === 0, code, 1]);
  });

  it('names a contract that cannot be used, with 4', async () => {
    const file = join(cli.root, 'orion-bus.yaml');
    await writeFile(file, `contracts: ${cli.root}/broken\n`);
    const { code, stdout } = await cli.ask(['contracts', 'check', '--config', file, '--json']);
    expect(code).toBe(4);
    expect(JSON.parse(stdout).error.message).toContain(`${cli.root}/broken`);
  });
});

describe('runbooks', () => {
  it('are listed and checked; the shipped ones are sound', async () => {
    const [list, check] = [
      await cli.ask(['runbooks', '--json']),
      await cli.ask(['runbooks', 'check']),
    ];
    const ids = JSON.parse(list.stdout).runbooks.map(({ id }: { id: string }) => id);
    expect(ids).toContain('phase2-migrate');
    expect([check.code, check.stderr]).toEqual([0, '']);
    for (const id of ids) expect(check.stdout).toContain(`ok    runbook.${id}:`);
    const shown = await cli.ask(['runbooks', 'show', 'phase2-migrate']);
    expect(shown.stdout).toContain('By hand:');
    expect((await cli.ask(['runbooks', 'show', 'phase2-migrat'])).stderr).toContain(
      'Did you mean phase2-migrate?',
    );
  });

  it("of the operator's own are named with their mistakes, with 4", async () => {
    const folder = join(cli.root, 'own');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'broken.md'), '# no front matter\n');
    const args = ['runbooks', 'check', '--runbooks', 'own'];
    const [text, json] = [await cli.ask(args), await cli.ask([...args, '--json'])];
    expect([text.code, json.code]).toEqual([4, 4]);
    expect(text.stdout).toContain(`FAIL  runbook.invalid: ${folder}/broken.md:1:`);
    expect(JSON.parse(json.stdout)).toMatchObject({ v: 1, ok: false, exitCode: 4, next: [] });
  });
});

describe('journal', () => {
  const stateDir = () => join(cli.root, 'journal-test');
  const journal = (...args: readonly string[]) =>
    cli.ask(['journal', ...args], { env: { ORION_BUS_STATE_DIR: stateDir() } });

  beforeAll(async () => {
    const open = await Journal.open(stateDir(), { clock: systemClock });
    const data = { verb: 'migrate', note: '\u001b[2J' };
    await open.append({ type: 'run.started', run: 'r1', data, redisAt: 1 });
    await open.append({ type: 'step.done', run: 'r1', step: 'turn', data: {}, redisAt: null });
    await open.append({ type: 'run.finished', run: 'r1', data: {}, redisAt: 3 });
    await open.close();
  });

  it('is listed, filtered and shown', async () => {
    const list = await journal('list');
    expect(list.stdout).toMatch(/^NO +AT +TYPE +STEP +RUN\n +1 +\S+ \S+ +run\.started +r1\n/);
    const some = await journal(
      '--type',
      'step.done',
      '--type',
      'run.finished',
      '--last',
      '1',
      '--json',
    );
    const { v, count, records, damage } = JSON.parse(some.stdout);
    expect([v, count, damage, records.length, records[0].seq]).toEqual([1, 3, null, 1, 3]);
    const shown = await journal('show', '1');
    expect(shown.stdout).toContain('"verb": "migrate"');
    expect(shown.stdout).not.toContain('\u001b');
    expect((await journal('show', '99')).code).toBe(64);
    expect((await journal('--type', 'run.begun')).code).toBe(64);
  });

  it('is proven whole, or not', async () => {
    expect((await journal('verify')).code).toBe(0);
    const { path, records } = await Journal.read(stateDir());
    const lines = records.map((record) => JSON.stringify({ ...record, run: 'r2' }));
    await writeFile(path, `${lines.join('\n')}\n`);
    const [text, json] = [await journal('verify'), await journal('verify', '--json')];
    expect([text.code, json.code]).toEqual([1, 1]);
    expect(text.stdout).toContain('is damaged after 0 records');
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      exitCode: 1,
      damage: { line: 1 },
      next: ['orion-bus status'],
    });
  });
});

describe('serve', () => {
  it('answers on its port and stops orderly, with the flags of the guide', async () => {
    const flags = [
      '--redis-addr',
      redis.url,
      '--contracts-dir',
      'contracts',
      '--stream-prefix',
      'orion',
    ].concat(['--max-stream-len', '10000', '--http-port', '0', '--log-level', 'info']);
    const bus = cli.start(['serve', ...flags, '--json']);
    await bus.said('"listening"');
    bus.kill('SIGHUP');
    await bus.said('contracts reloaded');
    bus.kill('SIGTERM');
    const { code, stdout } = await bus.ended;
    expect([code, JSON.parse(stdout)]).toEqual([0, { v: 1, ok: true, exitCode: 0, next: [] }]);
  });

  it('takes no password on the command line', async () => {
    const { code, stderr } = await cli.ask(['serve', '--redis-addr', 'redis://:hunter2@h:1']);
    expect(code).toBe(64);
    expect(stderr).not.toContain('hunter2');
  });
});

async function last(stream: string): Promise<[id: string, fields: string[]]> {
  const [entry] = (await redis.link.command('XREVRANGE', stream, '+', '-', 'COUNT', 1)) as [
    [string, string[]],
  ];
  return entry;
}
