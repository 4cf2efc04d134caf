import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/problems/index.js';
import { listOf, textOf } from '../../src/redis/index.js';
import { expectSettledOn } from '../migration/expectations.js';
import { reader } from '../migration/reader.js';
import { configureCommander, configureServices, startMoody } from '../migration/setups.js';
import { PAST_PHASE1, Tool } from '../migration/tool.js';
import { openYard, type Yard, type YardModule, type YardOptions } from '../migration/yard.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';

let cli: BuiltCli;
let yard: Yard;
let tool: Tool;

beforeAll(async () => {
  cli = await buildCli();
});
afterAll(() => cli.remove());
afterEach(() => yard.end());

async function opened(options: YardOptions = {}): Promise<void> {
  yard = await openYard(cli.root, { modules: ['commander'], ...options });
  tool = new Tool(cli, yard);
}

const MIGRATE = ['migrate', 'commander', '--yes', ...PAST_PHASE1];
const ROLLBACK = ['rollback', '--phase', '2', '--module', 'commander', '--yes'];
const TRAFFIC = { decision: 80, approval_decision: 40 };

const expectOn = (side: 'source' | 'target', module: YardModule = 'commander'): Promise<void> =>
  expectSettledOn(side, { yard, tool, module });

type Ended = Awaited<ReturnType<Tool['json']>>;

function expectBack({ code, document }: Ended, expected: number, said: RegExp): void {
  const { undo, open, undoError, error } = document;
  const message = String((error as JsonObject | undefined)?.['message']);
  expect({ code, undo, open, undoError, message }).toEqual({
    code: expected,
    undo: 'done',
    open: false,
    undoError: null,
    message: expect.stringMatching(said),
  });
}

describe('migrate', () => {
  it('moves streams whose group names follow no pattern, under traffic, and knows when it is done', async () => {
    await opened({ handlingMs: 4 });
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const moved = await tool.text(...MIGRATE);
    expect(moved).toMatchObject({ code: 0 });
    expect(moved.text).toContain('turn orion:decisions: commander → commander-go');
    expect(moved.text).toContain('commander-approval → commander-approval-go');
    await expectOn('target');
    const before = await yard.snapshot();
    const again = await tool.both(...MIGRATE);
    expect(again).toMatchObject({ code: 0, document: { already: true } });
    expect(await yard.snapshot()).toEqual(before);
    yard.feeder.start(TRAFFIC);
    const back = await tool.json(...ROLLBACK);
    expect(back).toMatchObject({ code: 0, document: { ok: true, outcome: 'done', lost: 0 } });
    await expectOn('source');
  });

  it('moves all streams of one setting, once the module before it is over', async () => {
    await opened({ modules: ['commander', 'memory'] });
    await yard.start('commander');
    await yard.start('memory');
    yard.feeder.start({ ...TRAFFIC, event: 60, incident: 20 });
    expect(await tool.json(...MIGRATE)).toMatchObject({ code: 0 });
    const moved = await tool.json('migrate', 'memory', '--yes', ...PAST_PHASE1);
    expect(moved).toMatchObject({ code: 0, document: { module: 'memory', outcome: 'done' } });
    await expectOn('target');
    await expectOn('target', 'memory');
  });

  it('moves a module that is down and starts it, with --start', async () => {
    await opened();
    yard.feeder.start(TRAFFIC);
    const moved = await tool.json(...MIGRATE, '--start');
    expect(moved).toMatchObject({ code: 0 });
    await expectOn('target');
  });

  it('runs the module’s tests with their environment', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const told = `${yard.host.paths.directory}/told`;
    await configureCommander(yard, {
      tests: {
        command: ['sh', '-c', 'echo "$GROUP" > told'],
        cwd: yard.host.paths.directory,
        env: { GROUP: 'a scratch group' },
      },
    });
    expect(await tool.json(...MIGRATE)).toMatchObject({ code: 0 });
    expect(await readFile(told, 'utf8')).toBe('a scratch group\n');
  });
});

describe('migrate puts back what it began, and the module runs:', () => {
  it('a module that does not stop', async () => {
    await opened();
    await yard.start('commander');
    await configureServices(yard, { stopTimeout: '1s' });
    await yard.fail('stop', true);
    yard.feeder.start(TRAFFIC);
    const pid = yard.host.units.active('orion-commander')?.pid;
    expectBack(await tool.json(...MIGRATE), 1, /orion-commander had not stopped after 1 s/);
    expect(yard.host.units.active('orion-commander')?.pid).toBe(pid);
    await expectOn('source');
  });

  it('a second reader on its group', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start({ approval_decision: 40 });
    const stop = await reader(yard.host, 'orion:decisions', 'commander', 'forgotten-1');
    const failed = await tool.json(...MIGRATE);
    await stop();
    const who = /commander on orion:decisions is still being read by forgotten-1, 127\.0\.0\.1:\d+/;
    expectBack(failed, 3, who);
    await expectOn('source');
  });

  it('a module that never reads on the target', async () => {
    await opened();
    await startMoody(yard, 'mute');
    yard.feeder.start(TRAFFIC);
    expectBack(await tool.json(...MIGRATE), 3, /nobody reads its target groups/);
    await expectOn('source');
  });

  it.each(['angry', 'sore'] as const)('a module that logs errors (%s)', async (mood) => {
    await opened();
    await startMoody(yard, mood);
    yard.feeder.start(TRAFFIC);
    expectBack(await tool.json(...MIGRATE), 4, /commander wrote \d+ lines? of errors/);
    await expectOn('source');
  });

  it('somebody who has read from the old group once it was turned', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const failing = tool.json(...MIGRATE);
    await yard.recorded('step.done', 'turn');
    const group = ['GROUP', 'commander', 'forgotten-1'] as const;
    await yard.host.redis.command('XREADGROUP', ...group, 'STREAMS', 'orion:decisions', '>');
    expectBack(await failing, 3, /commander on orion:decisions stands at/);
    await expectOn('source');
  });

  it.each(['hold', 'stop'] as const)('a halt that comes right after %s', async (verb) => {
    await opened();
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const halt = (): Promise<unknown> => tool.text('halt', '--reason', 'smoke');
    expectBack(await yard.behind(tool.json(...MIGRATE), verb, halt), 1, /smoke/);
    await expectOn('source');
  });

  it('settings that somebody edits in the pause: his value stays', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const file = yard.host.paths.settingsFile('commander');
    const before = await readFile(file, 'utf8');
    const edit = (): Promise<void> =>
      writeFile(file, before.replace('=commander-approval\n', '=elsewhere\n'));
    const failed = await yard.behind(tool.json(...MIGRATE), 'stop', edit);
    expect(failed).toMatchObject({ code: 1 });
    expect(await readFile(file, 'utf8')).toContain('=elsewhere\n');
    // Nobody may guess where it belongs; once that is said, it goes back.
    await writeFile(file, before);
    const back = await tool.json(...ROLLBACK);
    expect(back).toMatchObject({ code: 0 });
    await expectOn('source');
  });
});

it('migrate stays where it is safe while somebody reads the old group, and can be taken back then', async () => {
  await opened();
  await yard.start('commander');
  yard.feeder.start(TRAFFIC);
  let stop = async (): Promise<void> => undefined;
  const { code, document } = await yard.behind(tool.json(...MIGRATE), 'release', async () => {
    stop = await reader(yard.host, 'orion:decisions', 'commander', 'forgotten-1');
  });
  expect({ code, undo: document['undo'] }).toEqual({ code: 3, undo: 'failed' });
  expect(document['undoError']).toMatch(/forgotten-1 at 127\.0\.0\.1:\d+ already reads/);
  expect(document['next']).toContain('orion-bus rollback --phase 2 --module commander');
  expect(yard.host.units.active('orion-commander')).not.toBeNull();
  await stop();
  expect(await tool.json(...ROLLBACK)).toMatchObject({ code: 0 });
  await expectOn('source');
});

describe('migrate keeps a turn that is right', () => {
  it('where messages were trimmed in the pause: 2 and a halt', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const moved = await yard.behind(tool.json(...MIGRATE), 'stop', async () => {
      await yard.feeder.publish('decision', 7);
      await yard.host.collect();
      await yard.host.redis.command('XTRIM', 'orion:decisions', 'MAXLEN', 0);
    });
    expect(moved).toMatchObject({
      code: 2,
      document: { ok: false, outcome: 'done', undo: 'none' },
    });
    expect(Number(moved.document['lost'])).toBeGreaterThanOrEqual(7);
    expect(yard.host.groupOf('commander', 'decision')).toBe('commander-go');
    const audit = await yard.settled('commander');
    expect(audit).toMatchObject({ twice: 0, owed: 0 });
    // What the module was in the middle of when it was stopped may have been handled all the same.
    expect(audit.lost).toBeLessThanOrEqual(Number(moved.document['lost']));
    expect(audit.lost).toBeGreaterThanOrEqual(7);
    const state = listOf(await yard.host.redis.command('HGETALL', 'orion:orion-bus:state')).map(
      textOf,
    );
    expect(state).toContain('halt.reason');
    expect(await tool.json('migrate', 'commander', '--yes')).toMatchObject({ code: 0 });
  });
});
