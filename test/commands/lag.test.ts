import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textOf } from '../../src/redis/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { until } from '../support/until.js';
import { type Bench, openBench, SOURCE } from './bench.js';

/* `lag` where nobody sits at a terminal: thresholds of one's own, and a line a tick for a log. */

let cli: BuiltCli;
let bench: Bench;

beforeAll(async () => {
  cli = await buildCli();
});
afterAll(() => cli.remove());
beforeEach(async () => {
  bench = await openBench(cli);
});
afterEach(() => bench.close());

describe('lag --check', () => {
  it.each<[flags: readonly string[], code: number, said: string]>([
    [[], 0, `Warning: ${SOURCE.memory} on orion:events is at 5 or above.`],
    [['--warn', '8'], 0, 'No group in use is at the alert threshold of 20.'],
    [['--crit', '7'], 3, `${SOURCE.memory} on orion:events is at 7 or above.`],
    [['--crit', '8', '--warn', '7'], 0, 'Warning: '],
    [['--crit', '3'], 3, 'is at 3 or above.'],
  ])('with a backlog of 7 and %j ends with %i', async (flags, code, said) => {
    await bench.publish('event', 7);
    const checked = await bench.both('lag', '--check', ...flags);
    expect([checked.code, checked.json.exitCode]).toEqual([code, code]);
    expect(checked.text).toContain(said);
    expect(checked.text.includes('Warning')).toBe(said.startsWith('Warning'));
  });

  it('takes no warning that comes after the alert', async () => {
    const wrong = await bench.both('lag', '--check', '--warn', '9', '--crit', '8');
    expect(wrong.code).toBe(64);
    expect(wrong.json.error.code).toBe('usage.thresholds');
    expect((await bench.both('lag', '--watch', '1', '--check')).code).toBe(64);
  });
});

describe('lag --watch', () => {
  it('prints a line a tick, also while Redis is away, and ends by a signal', async () => {
    await bench.publish('event', 7);
    const watch = bench.start('lag', '--watch', '1');
    await looksAreDone(2);
    watch.kill('SIGTERM');
    const { code, stdout, stderr } = await watch.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted by');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) {
      expect(line).toMatch(
        /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}groups 2 {2}lag 7 {2}pending 0 {2}STOP orion-memory-group on orion:events \(lag 7, pending 0\)$/,
      );
    }
  });

  it('with --json prints the document of lag on each line, and nothing else', async () => {
    const watch = bench.start('lag', 'memory', '--watch', '1', '--json');
    await looksAreDone(2);
    watch.kill('SIGINT');
    const { code, stdout } = await watch.ended;
    expect(code).toBe(130);
    const documents = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { json } = await bench.both('lag', 'memory');
    for (const document of documents) {
      expect(Object.keys(document)).toEqual(Object.keys(json));
      expect(document.groups.map(Object.keys)).toEqual(json.groups.map(Object.keys));
      expect(document.groups).toMatchObject([{ group: SOURCE.memory, state: 'ok', lag: 0 }]);
    }
  });
});

/** Two streams are looked at in each tick; the scripts before the first belong to the start. */
async function looksAreDone(ticks: number): Promise<void> {
  await until(async () => {
    const stats = textOf(await bench.redis.link.command('INFO', 'commandstats'));
    const [, asked = '0'] = /cmdstat_xinfo\|stream:calls=(\d+)/.exec(stats) ?? [];
    return Number(asked) >= (ticks + 1) * 2;
  });
}
