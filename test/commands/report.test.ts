import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Journal } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { type Bench, openBench } from './bench.js';

let cli: BuiltCli;
let bench: Bench;

beforeAll(async () => {
  cli = await buildCli();
  bench = await openBench(cli);
  const journal = await Journal.open(bench.stateDir, { clock: systemClock });
  const data = { verb: 'phase1-start', module: null };
  await journal.append({ type: 'run.started', run: 'r1', data, redisAt: Date.now() });
  await journal.close();
});
afterAll(async () => {
  await bench.close();
  await cli.remove();
});

it('is Markdown on standard output, and the same figures as JSON', async () => {
  const { code, text, json } = await bench.both('report');
  expect(code).toBe(0);
  expect(text).toMatch(/^# Migration from python to go\n/);
  expect(text).toContain('| r1 | phase1-start |');
  expect(json).toMatchObject({ v: 1, next: [], phase: 'P1r', success: { over: 'all' } });
});

it('is written into a file whole, or not at all', async () => {
  const file = join(bench.directory, 'report.html');
  await writeFile(file, 'old');
  const { code, json } = await bench.once('report', '--format', 'html', '--output', file);
  expect([code, json.output]).toEqual([0, file]);
  const page = await readFile(file, 'utf8');
  expect([page.startsWith('<!doctype html>'), page.endsWith('</html>\n')]).toEqual([true, true]);
  const nowhere = join(bench.directory, 'nowhere', 'report.md');
  const refused = await bench.once('report', '--output', nowhere);
  expect(refused).toMatchObject({ code: 1, json: { error: { code: 'output.unwritable' } } });
  expect((await readdir(bench.directory)).filter((name) => name.endsWith('.new'))).toEqual([]);
});

it('works while Redis is down, and refuses what is no time', async () => {
  await bench.configure({ redis: { url: 'unix:///nowhere/redis.sock' } });
  expect((await bench.once('report', '--since', '2026-01-31')).code).toBe(0);
  expect((await bench.once('report', '--since', '31.1.2026')).code).toBe(64);
});
