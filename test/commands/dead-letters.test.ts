import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBus } from '../../src/bus/index.js';
import { listOf, textOf } from '../../src/redis/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { until } from '../support/until.js';
import { type Bench, openBench, SOURCE } from './bench.js';
import { pendingOf, stuckEntries } from './pending-world.js';

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

const EVENTS = 'orion:events';
const DEAD = 'orion:events:dead';
const GROUP = SOURCE.memory;

describe('dead letters', () => {
  it('are listed with why and since when', async () => {
    const [first = '', second = ''] = await dead(2);
    await command('XDEL', EVENTS, second);
    const { code, json, text } = await bench.both('pending', 'memory', '--dead');
    expect(code).toBe(0);
    expect(json.total).toBe(2);
    expect(json.letters).toMatchObject([
      { originalId: first, group: GROUP, deliveries: 5, reason: 'it fails', revivable: true },
      { originalId: second, stream: EVENTS, revivable: false },
    ]);
    expect(json.letters[0].message).toMatchObject({ version: '1.0' });
    expect(json.letters[0].at).toBe('2023-11-14T22:13:20.000Z');
    expect(text).toContain('(trimmed) it fails');
    expect((await bench.both('pending', '--dead')).json.total).toBe(2);
    expect((await bench.both('pending', 'commander', '--dead')).json.total).toBe(0);
    expect((await bench.both('pending', '--dead', '--limit', '1')).json.letters).toHaveLength(1);
  });

  it('are put back to their own group alone, once', async () => {
    await command('XGROUP', 'CREATE', EVENTS, 'other', '$');
    const [first = '', second = '', third = ''] = await dead(3);
    await command('XDEL', EVENTS, second);
    await command('XGROUP', 'SETID', EVENTS, GROUP, second);
    const { code, json } = await bench.once('claim', 'memory', '--dead', '--yes');
    expect(code).toBe(0);
    expect(json).toMatchObject({ claimed: 1, held: 1, ghosts: 1 });
    expect(await pendingOf(bench)).toEqual([[first, 'orion-bus-claim', 0]]);
    expect(await pendingOf(bench, 'other')).toEqual([]);
    // The third lies behind the cursor that was set back: it is delivered anyway.
    const read = ['GROUP', GROUP, 'c', 'STREAMS', EVENTS, '>'];
    const delivered = JSON.stringify(await command('XREADGROUP', ...read));
    expect(delivered).toContain(third);
    expect(delivered).not.toContain(first);
    expect(await command('XLEN', DEAD)).toBe(1);
    expect((await bench.once('claim', 'memory', '--dead', '--yes')).json).toMatchObject({
      ...{ claimed: 0, ghosts: 1 },
    });
  });

  it('of the bus’s own runtime are handled once its consumer can, each once', async () => {
    const bus = await createBus({ redisUrl: bench.redis.url });
    const handled: string[] = [];
    let fails = true;
    const options = { group: 'notes', consumer: 'notes-1', start: 'tip' as const, blockMs: 100 };
    await bus.subscribe(
      'event',
      { ...options, minIdleMs: 300, retryMs: 10, maxDeliveries: 2, onProblem: () => undefined },
      async (_, delivery) => {
        if (fails) throw new Error('not yet');
        handled.push(`${delivery.id} ${delivery.deliveries}`);
      },
    );
    const ids = await bench.publish('event', 2);
    await until(async () => Number(await command('XLEN', DEAD)) === 2);
    const listed = await bench.both('pending', 'group:notes', '--dead');
    expect(listed.json.letters).toMatchObject(
      ids.map((originalId) => ({ originalId, deliveries: 2, revivable: true })),
    );
    fails = false;
    const { json } = await bench.once('claim', 'group:notes', '--dead', '--yes');
    expect(json).toMatchObject({ claimed: 2 });
    await until(async () => handled.length === 2);
    await bus.close({ drainMs: 1_000 });
    expect(new Set(handled)).toEqual(new Set(ids.map((id) => `${id} 1`)));
    expect(handled).toHaveLength(2);
    expect(await pendingOf(bench, 'notes')).toEqual([]);
    expect(await command('XLEN', DEAD)).toBe(0);
  });

  it('are handed to a program, and stay where it fails', async () => {
    const [first = '', second = ''] = await dead(2);
    await command('XDEL', EVENTS, first);
    const log = join(bench.directory, 'log');
    const text = `cat >> ${log}; echo $ORION_BUS_ID $ORION_BUS_DELIVERIES >> ${log}; test $ORION_BUS_ID = ${first}`;
    const args = ['--dead', '--exec', '--yes', '--', 'sh', '-c', text];
    const { code, json } = await bench.once('claim', 'memory', ...args);
    expect(code).toBe(2);
    expect(json).toMatchObject({ acknowledged: 1, failed: 1 });
    expect(await readFile(log, 'utf8')).toContain(`}${first} 5\n`);
    const left = JSON.stringify(await command('XRANGE', DEAD, '-', '+'));
    expect(left).toContain(second);
    expect(left).not.toContain(first);
  });
});

function command(name: string, ...args: (string | number)[]) {
  return bench.redis.link.command(name, ...args);
}

/** Entries that were given up, as the runtime moves them. */
async function dead(count: number): Promise<readonly string[]> {
  const ids = await stuckEntries(bench, count);
  for (const id of ids) {
    const [[, fields] = []] = listOf(await command('XRANGE', EVENTS, id, id)).map(listOf);
    const added = ['original_id', id, 'group', GROUP, 'deliveries', 5, 'reason', 'it fails'];
    const body = listOf(fields).map(textOf);
    await command('XADD', DEAD, '*', ...body, ...added, 'time', 1_700_000_000_000);
    await command('XACK', EVENTS, GROUP, id);
  }
  return ids;
}
