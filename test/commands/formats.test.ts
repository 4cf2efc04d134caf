import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { type Bench, openBench, SOURCE } from './bench.js';

let cli: BuiltCli;
let bench: Bench;

beforeAll(async () => {
  cli = await buildCli();
  bench = await openBench(cli);
});
afterAll(() => Promise.all([bench.close(), cli.remove()]));

const CHECKS = ['validate', 'lag --check', 'status'];

// The cases build on one another: the bench is well, then it is not, then Redis is gone.
describe('one check in four formats', () => {
  it.each(CHECKS)('%s where all is well', async (line) => {
    const check = line.split(' ');
    const name = check[0];
    const text = await bench.both(...check);
    const json = await bench.ask(...check, '--format', 'json');
    expect([text.code, json.code]).toEqual([0, 0]);
    expect(Object.keys(JSON.parse(json.stdout))).toEqual(Object.keys(text.json));
    expect((await bench.ask(...check, '--format=text')).code).toBe(0);
    const nagios = await bench.ask(...check, '--format', 'nagios');
    expect(nagios.code).toBe(0);
    expect(nagios.stdout).toMatch(new RegExp(`^OK ${name} OK:\\d+ \\| \\S+=[^\\n]+\\n$`));
    const gauges = await bench.ask(...check, '--format', 'prometheus');
    expect(gauges.code).toBe(0);
    expect(gauges.stdout).toContain(`\norion_bus_${name}_status 0\n`);
    expect(gauges.stdout).toContain(`\norion_bus_${name}_exit_code 0\n`);
    expect(brokenLines(gauges.stdout)).toEqual([]);
    expect([nagios.stderr, gauges.stderr, json.stderr]).toEqual(['', '', '']);
  });

  it('shows figures with their thresholds, and without where there are none', async () => {
    const { stdout } = await bench.ask('lag', '--format', 'nagios');
    expect(stdout).toContain(`backlog/orion:events/${SOURCE.memory}=0;5;20`);
    expect(stdout).toContain(`pending/orion:events/${SOURCE.memory}=0 `);
    const { stdout: other } = await bench.ask(
      'lag',
      '--format=nagios',
      '--warn',
      '2',
      '--crit',
      '9',
    );
    expect(other).toContain(`backlog/orion:events/${SOURCE.memory}=0;2;9`);
  });

  it('writes a file whole, for others to read', async () => {
    const file = join(bench.directory, 'orion.prom');
    const to = ['lag', '--format', 'prometheus', '--outfile', file];
    const written = await bench.ask(...to);
    expect([written.code, written.stdout, written.stderr]).toEqual([0, '', '']);
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(await readFile(file, 'utf8')).toContain('orion_bus_lag_backlog{stream="orion:events"');
    await bench.ask(...to, '--outfile-mode', '640');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    const page = join(bench.directory, 'validate.txt');
    expect((await bench.ask('validate', '--outfile', page)).code).toBe(0);
    expect(await readFile(page, 'utf8')).toContain('Every check passed');
    const nowhere = await bench.ask('lag', '--outfile', join(bench.directory, 'no/where'));
    expect([nowhere.code, nowhere.stdout]).toEqual([1, '']);
    expect(nowhere.stderr).toContain('could not be written');
  });

  it('says nothing with --quiet', async () => {
    expect(await bench.ask('validate', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('warns where text has a warning only', async () => {
    await bench.publish('event', 6);
    expect((await bench.both('lag', '--check')).code).toBe(0);
    const { code, stdout } = await bench.ask('lag', '--format', 'nagios');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^WARNING lag Warn:orion-memory-group on orion:events is at 5 or above /,
    );
  });

  it('is critical where a check fails, and quiet no longer', async () => {
    await bench.publish('event', 20);
    for (const check of [['validate'], ['lag', '--check']]) {
      const [nagios, gauges] = [
        await bench.ask(...check, '--format', 'nagios'),
        await bench.ask(...check, '--format', 'prometheus'),
      ];
      expect(nagios.code).toBe(2);
      expect(nagios.stdout).toMatch(/^CRITICAL \w+ Crit:.*orion-memory-group on orion:events/);
      expect(gauges.code).toBe(0);
      expect(gauges.stdout).toContain(`orion_bus_${check[0]}_status 2\n`);
      expect(gauges.stdout).toContain(`orion_bus_${check[0]}_exit_code 3\n`);
      expect(brokenLines(gauges.stdout)).toEqual([]);
    }
    const quiet = await bench.ask('validate', '--quiet');
    expect(quiet.code).toBe(3);
    expect(quiet.stdout).toContain('FAIL  group.memory.event.backlog');
  });

  it('is critical while a halt is in force', async () => {
    expect((await bench.both('halt', '--reason', 'a look by hand')).code).toBe(0);
    expect((await bench.both('status')).code).toBe(0);
    const { code, stdout } = await bench.ask('status', '--format', 'nagios');
    expect([code, stdout.slice(0, 41)]).toEqual([2, 'CRITICAL status Crit:halted: a look by ha']);
  });

  it.each([
    [['lag', '--format', 'xml'], 64],
    [['lag', '--json', '--format', 'prometheus'], 64],
    [['lag', '--format', 'nagios', '--wrong'], 3],
    [['lag', '--outfile', 'x', '--outfile-mode', '9'], 64],
    [['lag', '--outfile-mode', '644'], 64],
    [['lag', '--watch', '1', '--format', 'json'], 64],
    [['validate', '--quiet', '--json'], 64],
  ])('%j is wrong usage', async (words, code) => {
    expect((await bench.ask(...words)).code).toBe(code);
  });

  it.each(CHECKS)('%s is unknown without Redis, also in the file', async (line) => {
    const check = line.split(' ');
    await bench.redis.kill();
    const nagios = await bench.ask(...check, '--format', 'nagios');
    expect([nagios.code, nagios.stderr]).toEqual([3, '']);
    expect(nagios.stdout).toMatch(/^UNKNOWN \w+ .*(does not answer|not reach|unreachable)/);
    const file = join(bench.directory, 'gone.prom');
    const gauges = await bench.ask(...check, '--format', 'prometheus', '--outfile', file);
    expect([gauges.code, gauges.stdout]).toEqual([0, '']);
    const text = await readFile(file, 'utf8');
    expect(text).toContain(`orion_bus_${check[0]}_status 3\n`);
    expect(text).toContain(`orion_bus_${check[0]}_exit_code 1\n`);
    expect((await bench.ask(...check)).code).toBe(1);
  });
});

/** Lines that a collector would refuse the whole file for, and series that are there twice. */
function brokenLines(text: string): readonly string[] {
  const lines = text.trimEnd().split('\n');
  const series = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.replace(/ \S+$/, ''));
  return [
    ...lines.filter((line) => !/^(# (HELP|TYPE) )?[a-z_]+(\{.*\})? .+$/.test(line)),
    ...series.filter((name, at) => series.indexOf(name) !== at),
  ];
}
