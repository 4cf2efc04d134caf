import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import { isRunning } from '../../src/rehearsal/process-identity.js';
import { Units } from '../../src/rehearsal/units.js';
import { builtPackage } from '../support/built.js';

let directory = '';
let units: Units;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orion-units-'));
  units = new Units(directory, systemClock);
});
afterEach(async () => {
  await units.killAll();
  await rm(directory, { recursive: true, force: true });
});

const log = (): string => join(directory, 'demo.log');
const define = (code: string): void =>
  units.define('demo', {
    ...{ argv: [process.execPath, '-e', code], cwd: directory, env: { WHO: 'unit' }, log: log() },
  });
const FOREVER = 'setInterval(() => {}, 1000);';
/** Says when it is ready to be stopped slowly. */
const SLOW = `process.on('SIGTERM', () => setTimeout(() => process.exit(), 300)); console.log('ready'); ${FOREVER}`;

async function logged(text: string): Promise<void> {
  while (!(await readFile(log(), 'utf8').catch(() => '')).includes(text)) {
    await systemClock.sleep(10);
  }
}

it('starts once, appends output to the log, and gives nothing of the own environment away', async () => {
  define(`console.log(JSON.stringify(Object.keys(process.env))); ${FOREVER}`);
  await units.start('demo');
  const first = units.active('demo');
  await units.start('demo');
  expect(units.active('demo')).toEqual(first);
  await logged('WHO');
  expect(await readFile(log(), 'utf8')).toBe('["WHO"]\n');
});

it('of two starts at the same time leaves one process', async () => {
  define(FOREVER);
  await Promise.all([units.start('demo'), units.start('demo')]);
  const started = (await readFile(join(directory, 'started'), 'utf8')).trim().split('\n');
  const running = started.map((text) => text.split(' ')).map(([pid, start]) => ({ pid, start }));
  const alive = running.filter(({ pid = '', start = '' }) =>
    isRunning({ pid: Number(pid), start }),
  );
  expect(alive).toHaveLength(1);
});

it('returns from stop only when the process has ended', async () => {
  define(SLOW);
  await units.start('demo');
  const identity = units.active('demo');
  await logged('ready');
  await units.stop('demo');
  expect(identity && isRunning(identity)).toBe(false);
  expect(units.active('demo')).toBeNull();
});

it('skips the start of a held unit in silence, and starts it once released', async () => {
  define(FOREVER);
  units.hold('demo');
  await units.start('demo');
  expect(units.active('demo')).toBeNull();
  units.release('demo');
  await units.start('demo');
  expect(units.active('demo')).not.toBeNull();
});

it('remembers which units start with the machine', () => {
  define(FOREVER);
  expect(units.enabled('demo')).toBe(false);
  units.enable('demo');
  expect(units.enabled('demo')).toBe(true);
  units.disable('demo');
  expect(units.enabled('demo')).toBe(false);
});

it('takes no later process with the same number for its own', async () => {
  define(FOREVER);
  await units.start('demo');
  const identity = units.active('demo');
  await units.kill('demo');
  expect(identity && isRunning({ pid: process.pid, start: identity.start })).toBe(false);
});

it('refuses names that are no service and units that are not there', async () => {
  await expect(units.start('../demo')).rejects.toMatchObject({ code: 'rehearsal.unit' });
  await expect(units.start('other')).rejects.toMatchObject({ code: 'rehearsal.unit' });
});

it('speaks the verbs of the command driver with the exit codes of systemctl', async () => {
  define(FOREVER);
  const unit = join(await builtPackage(), 'dist', 'rehearsal', 'processes', 'unit.js');
  const run = async (verb: string, service = 'demo') => {
    const result = await execa(process.execPath, [unit, directory, verb, service], {
      reject: false,
    });
    return [result.exitCode, result.stdout];
  };
  expect(await run('start')).toEqual([0, '']);
  expect(await run('status')).toEqual([0, 'active']);
  expect(await run('pid')).toEqual([0, String(units.active('demo')?.pid)]);
  expect(await run('stop')).toEqual([0, '']);
  expect(await run('status')).toEqual([3, 'inactive']);
  expect(await run('pid')).toEqual([3, '']);
  expect(await run('status', 'other')).toEqual([4, '']);
  expect((await run('dance'))[0]).toBe(64);
});

it('tells through its files what the verbs tell', async () => {
  const runs = async () => {
    const { exitCode } = await execa('test', ['-e', join(directory, 'demo.process', 'exe')], {
      reject: false,
    });
    return exitCode === 0;
  };
  define(FOREVER);
  expect(await runs()).toBe(false);
  await units.start('demo');
  expect(await runs()).toBe(true);
  const pid = await readFile(join(directory, 'demo.mainpid'), 'utf8');
  expect(pid).toBe(`${units.active('demo')?.pid}\n`);
  await units.kill('demo');
  expect(await runs()).toBe(false);
  await writeFile(join(directory, 'demo.hold'), '');
  expect(units.held('demo')).toBe(true);
});
