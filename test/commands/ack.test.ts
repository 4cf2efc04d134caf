import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { type Bench, openBench, SOURCE } from './bench.js';
import { journalOf, pendingOf, stuckEntries } from './pending-world.js';

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
const GROUP = SOURCE.memory;
const because = ['--reason', 'handled by hand', '--yes'];

describe('ack', () => {
  it('acknowledges what is pending, names what is not, and keeps both in the journal', async () => {
    const [first = '', second = '', third = ''] = await stuckEntries(bench, 3);
    await bench.redis.link.command('XACK', EVENTS, GROUP, third);
    const { code, json } = await bench.once('ack', 'memory', first, third, '1-0', ...because);
    expect(code).toBe(0);
    expect(json).toMatchObject({ acknowledged: 1, notPending: [third, '1-0'], complete: true });
    expect(await pendingOf(bench)).toEqual([[second, 'memory-1', 1]]);
    expect(await journalOf(bench, 'ack')).toMatchObject([
      {
        ...{ stage: 'intended', reason: 'handled by hand', stream: EVENTS, group: GROUP },
        entries: [{ id: first, consumer: 'memory-1', deliveries: 1 }],
      },
      { stage: 'done', acknowledged: 1 },
    ]);
    const again = await bench.once('ack', 'memory', first, ...because);
    expect(again.json).toMatchObject({ acknowledged: 0, notPending: [first] });
  });

  it('does not guess between groups of a module, and takes the stream that is named', async () => {
    const [first = ''] = await stuckEntries(bench, 1);
    const { link } = bench.redis;
    await link.command('XGROUP', 'CREATE', EVENTS, 'orion-memory-group-go', '0');
    const read = ['STREAMS', EVENTS, '>'];
    await link.command('XREADGROUP', 'GROUP', 'orion-memory-group-go', 'm', ...read);
    const { code, json } = await bench.both('ack', 'memory', first, ...because);
    expect([code, json.error.code]).toEqual([64, 'ack.ambiguous']);
    expect(await pendingOf(bench)).toHaveLength(1);
    const one = await bench.once('ack', `group:${GROUP}`, first, ...because);
    expect(one.json.acknowledged).toBe(1);
  });

  it('goes by a plan, as far as it still is as planned', async () => {
    const [first = '', second = ''] = await stuckEntries(bench, 2);
    const file = join(bench.directory, 'plan.ndjson');
    await bench.once('claim', 'memory', '--to', 'x', '--plan-out', file);
    await bench.redis.link.command('XCLAIM', EVENTS, GROUP, 'other', 0, second);
    const { json } = await bench.once('ack', 'memory', '--plan-in', file, ...because);
    expect(json).toMatchObject({ acknowledged: 1, moved: 1, settled: 0 });
    expect(await journalOf(bench, 'ack')).toMatchObject([
      { planFile: file, count: 2, from: first, to: second },
      { acknowledged: 1 },
    ]);
    expect(await pendingOf(bench)).toMatchObject([[second, 'other', 2]]);
  });

  it.each([
    ['a missing group is an error', ['memory', '1-0', '--reason', 'x'], 3, 'groups.missing'],
    ['an id in short form', ['memory', '17', '--reason', 'x'], 64, 'usage.ack'],
    ['no id', ['memory', '--reason', 'x'], 64, 'usage.ack'],
    ['no reason', ['memory', '1-0'], 64, 'usage'],
    ['an unknown group', ['group:none', '1-0', '--reason', 'x'], 64, 'group.unknown'],
  ])('%s', async (name, args, exitCode, code) => {
    if (name.includes('missing')) {
      await bench.redis.link.command('XGROUP', 'DESTROY', EVENTS, GROUP);
    }
    const ended = await bench.both('ack', ...args);
    expect([ended.code, ended.json.error.code]).toMatchObject([
      exitCode,
      expect.stringContaining(code),
    ]);
  });

  it('asks first', async () => {
    const [first = ''] = await stuckEntries(bench, 1);
    const { code, json } = await bench.both('ack', 'memory', first, '--reason', 'x y');
    expect([code, json.error.code]).toEqual([1, 'confirmation.needed']);
    expect(json.next).toEqual([`orion-bus ack memory ${first} --reason 'x y' --json --yes`]);
    expect(await pendingOf(bench)).toHaveLength(1);
    await expect(readFile(join(bench.stateDir, 'journal.ndjson'))).rejects.toThrow('ENOENT');
  });
});
