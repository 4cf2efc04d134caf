import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parkedPath } from '../../src/handoff/index.js';
import { entryId } from '../../src/redis/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { type Bench, openBench, SOURCE, TARGET } from './bench.js';

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

describe('lag', () => {
  it('gives every figure of every group, and keeps to its shape', async () => {
    await bench.publish('event', 4);
    await read(SOURCE.memory, 'memory-1', 3);
    await create(EVENTS, TARGET.memory, '$');
    await create(EVENTS, 'foreign', '0');
    const { code, text, json } = await bench.both('lag', '--once');
    expect(code).toBe(0);
    expect(Object.keys(json)).toEqual(['v', 'at', 'groups', 'next']);
    const memory = json.groups.find((each: Row) => each.group === SOURCE.memory);
    expect(memory).toEqual({
      stream: EVENTS,
      group: SOURCE.memory,
      module: 'memory',
      side: 'source',
      lag: 1,
      lagAtLeast: 1,
      lagSource: 'counted',
      pending: 3,
      backlog: 4,
      consumers: 1,
      cursor: expect.stringMatching(/^\d+-\d+$/),
      oldestPendingMs: expect.any(Number),
      oldestUndeliveredMs: expect.any(Number),
      headroom: { entries: 9_996, seconds: expect.any(Number), unlimited: false },
      state: 'ok',
    });
    expect(states(json)).toEqual({
      [SOURCE.memory]: 'ok',
      [TARGET.memory]: 'ok',
      [SOURCE.commander]: 'ok',
      foreign: 'stop',
    });
    expect(json.groups.find((each: Row) => each.group === 'foreign')).toMatchObject({
      module: null,
      side: 'unknown',
    });
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('tells a group that keeps up from one behind, one nobody reads and one not there', async () => {
    await bench.publish('event', 8);
    await read(SOURCE.memory, 'memory-1', 1);
    await bench.publish('decision', 1);
    expect(states((await bench.both('lag')).json)).toEqual({
      [SOURCE.memory]: 'warn',
      [SOURCE.commander]: 'stop',
    });
    await bench.redis.link.command('XGROUP', 'DESTROY', 'orion:decisions', SOURCE.commander);
    const { json, text } = await bench.both('lag', 'commander');
    expect(json.groups).toMatchObject([
      {
        stream: 'orion:decisions',
        group: SOURCE.commander,
        state: 'missing',
        lag: null,
        cursor: '',
      },
    ]);
    expect(text).toMatch(/commander +- +0 +- +- +MISSING/);
  });

  it('does not hold a group against the side that the module is not on', async () => {
    await create(EVENTS, TARGET.memory, '$');
    await bench.publish('event', 30);
    await bench.setting('memory', TARGET.memory);
    await bench.redis.link.command('XGROUP', 'SETID', EVENTS, TARGET.memory, '$');
    const all = await bench.both('lag', '--check');
    expect(states(all.json)).toMatchObject({ [SOURCE.memory]: 'ok', [TARGET.memory]: 'ok' });
    expect(all.code).toBe(0);
    expect(all.text).toMatch(/orion-memory-group .*not in use\n/);
    // Asked for by name, it is judged.
    expect((await bench.both('lag', SOURCE.memory, '--check')).code).toBe(3);
  });

  it('counts no further than it must, and then says at least how many', async () => {
    await bench.publish('event', 25);
    const { json, text } = await bench.both('lag', 'memory');
    expect(json.groups).toMatchObject([
      { lag: null, lagAtLeast: 21, lagSource: 'unknown', backlog: null },
    ]);
    expect(text).toContain('≥ 21');
  });

  it.each([
    [19, 0],
    [20, 3],
    [21, 3],
    [40, 3],
  ])('--check with a backlog of %i ends with %i', async (backlog, code) => {
    await bench.publish('event', backlog);
    await read(SOURCE.memory, 'memory-1', 7);
    const checked = await bench.both('lag', '--check');
    expect(checked.code).toBe(code);
    expect(checked.json).toMatchObject({ ok: code === 0, exitCode: code });
    expect((await bench.both('lag')).code).toBe(0);
  });

  it('--check fails for a group that is missing where it should be', async () => {
    await bench.redis.link.command('XGROUP', 'DESTROY', 'orion:decisions', SOURCE.commander);
    const { code, text } = await bench.both('lag', '--check');
    expect(code).toBe(3);
    expect(text).toContain('commander is missing on orion:decisions');
  });
});

describe('groups', () => {
  it('lists who owns what, also under its long name', async () => {
    await create('orion:decisions', TARGET.commander, '0');
    await create(EVENTS, 'foreign', '0');
    const { code, json, text } = await bench.both('groups');
    expect(code).toBe(0);
    expect(
      json.groups.map(({ group, module, side, lag }: Row) => [group, module, side, lag]),
    ).toEqual([
      [SOURCE.commander, 'commander', 'source', 0],
      [TARGET.commander, 'commander', 'target', 3],
      ['foreign', null, 'unknown', 3],
      [SOURCE.memory, 'memory', 'source', 0],
    ]);
    expect(text).toMatch(/ {2}foreign +unknown +0 +0 +3 /);
    const { at: _, ...listed } = (await bench.both('groups', 'list')).json;
    const { at: __, ...short } = json;
    expect(listed).toEqual(short);
  });
});

describe('pending', () => {
  it('shows entries with their messages, and tells ghosts and parked ones', async () => {
    const [first = '', second = '', third = ''] = await bench.publish('event', 3);
    await read(SOURCE.memory, 'memory-1', 3);
    await claim('orion-bus-parked', first, 0);
    await claim('orion-bus-parked', second, 0);
    await keepBody(second, '{"kept":true}');
    await bench.redis.link.command('XDEL', EVENTS, second, third);
    const { code, json, text } = await bench.both('pending', 'memory');
    expect(code).toBe(0);
    expect(json.total).toBe(3);
    expect(json.groups).toMatchObject([
      { stream: EVENTS, group: SOURCE.memory, pending: 3, matching: 3 },
    ]);
    expect(json.groups[0].entries).toMatchObject([
      { id: first, parked: true, ghost: false, message: { event_type: 'edge_telemetry' } },
      { id: second, parked: true, ghost: true, message: { kept: true } },
      { id: third, parked: false, ghost: true, message: null, consumer: 'memory-1', deliveries: 1 },
    ]);
    expect(text).toContain('(parked) {"version":');
    expect(text).toContain('(parked) {"kept":true}');
    expect(text).toContain('(gone from the stream)');
    const ghosts = await bench.both('pending', '--ghost');
    expect(ghosts.json).toMatchObject({ total: 2, groups: [{ matching: 0 }, { matching: 2 }] });
  });

  it('filters by idle time, consumer and stream', async () => {
    const [first = ''] = await bench.publish('event', 3);
    await read(SOURCE.memory, 'memory-1', 3);
    await claim('memory-2', first, 120_000);
    const total = async (...args: string[]) => (await bench.both('pending', ...args)).json.total;
    expect(await total('--min-idle', '1m')).toBe(1);
    expect(await total('--min-idle', '3m')).toBe(0);
    expect(await total('--consumer', 'memory-1')).toBe(2);
    expect(await total('--consumer', 'nobody')).toBe(0);
    expect(await total('--stream', 'orion:decisions')).toBe(0);
    expect(await total('--stream', EVENTS, '--consumer', 'memory-2', '--min-idle', '1m')).toBe(1);
  });

  it('counts all and shows as many as were asked for, also of very many', async () => {
    await fillPending();
    const plain = await bench.both('pending');
    expect(plain.json.total).toBe(20_000);
    expect(plain.json.groups[1].entries).toHaveLength(100);
    expect(plain.text).toContain('20,000 entries pending\n');
    expect(plain.text).toContain('\nthe oldest 100 shown\n');
    const [on = ''] = plain.json.next;
    const behind = plain.json.groups[1].entries.at(-1).id;
    expect(on).toBe(
      `orion-bus pending group:${SOURCE.memory} --stream ${EVENTS} --after ${behind} --limit 100`,
    );
    const more = await bench.both(...on.split(' ').slice(1));
    expect(more.json).toMatchObject({ total: 19_900, groups: [{ entries: { length: 100 } }] });
    expect(more.json.groups[0].entries[0].message).toBe(101);
    const few = await bench.both('pending', '--consumer', 'memory-1', '--limit', '3');
    expect(few.json.total).toBe(20_000);
    expect(few.json.groups[1].entries.map(({ message }: { message: number }) => message)).toEqual([
      1, 2, 3,
    ]);
  });

  it('ends a whole document at a signal, and says how to go on', async () => {
    await fillPending();
    const listing = bench.start('pending', 'memory', '--limit', '20000', '--json');
    await listing.printed('"entries"');
    listing.kill('SIGINT');
    const { code, stdout } = await listing.ended;
    const json = JSON.parse(stdout);
    expect([code, json.exitCode, json.error.code]).toEqual([130, 130, 'interrupted']);
    const shown = json.groups[0].entries;
    expect(shown.length).toBeLessThan(20_000);
    const more = await bench.both(
      ...json.next[0].replace('--limit 20000', '--limit 1').split(' ').slice(1),
    );
    expect(more.json.groups[0].entries[0].message).toBe(shown.length + 1);
  });

  it('keeps what a message holds from acting on the terminal', async () => {
    await bench.redis.link.command('XADD', EVENTS, '*', 'data', '\u001b[2J{');
    await bench.redis.link.command('XADD', EVENTS, '*', 'other', 'x');
    await read(SOURCE.memory, 'memory-1', 2);
    const { text, json } = await bench.both('pending');
    expect(text).toContain('\\x1b[2J{');
    expect(json.groups[1].entries.map(({ message }: { message: unknown }) => message)).toEqual([
      '\u001b[2J{',
      { other: 'x' },
    ]);
  });
});

describe('every command that only looks', () => {
  const LOOKS = [
    ['lag', '--once'],
    ['groups'],
    ['pending'],
    ['pending', '--ghost'],
    ['pending', '--dead'],
    ['status'],
  ];

  it.each(LOOKS)('%s %s changes nothing', async (...args) => {
    await bench.publish('event', 3);
    await read(SOURCE.memory, 'memory-1', 2);
    const before = await bench.keys();
    expect((await bench.both(...args)).code).toBe(0);
    expect(await bench.keys()).toEqual(before);
  });

  it.each(LOOKS)('%s %s ends with 1 when Redis is down', async (...args) => {
    await bench.redis.kill();
    const { code, json, said } = await bench.both(...args);
    expect(code).toBe(1);
    expect(json.error).toMatchObject({ kind: 'prerequisite', code: 'redis.unreachable' });
    expect(said).toContain('does not answer');
  });

  it.each([
    ['lag', 'memroy'],
    ['lag', 'module:memroy'],
    ['pending', 'memroy'],
    ['pending', '--stream', 'orion:event'],
    ['pending', '--min-idle', '5'],
    ['pending', '--limit', '-1'],
    ['pending', '--after', 'x'],
    ['pending', '--dead', '--ghost'],
    ['lag', '--chek'],
    ['groups', '--wrong'],
  ])('%s %s is wrong usage', async (...args) => {
    const { code, json } = await bench.both(...args);
    expect(code).toBe(64);
    expect(json.error.kind).toBe('usage');
  });

  it('names the nearest name for an unknown one', async () => {
    const { json } = await bench.both('lag', 'module:memroy');
    expect(json.error).toMatchObject({ code: 'group.unknown', hint: 'Did you mean memory?' });
  });
});

interface Row {
  readonly group: string;
  readonly module: string | null;
  readonly side: string;
  readonly lag: number | null;
  readonly state: string;
}

function states(json: { groups: readonly Row[] }): Record<string, string> {
  return Object.fromEntries(json.groups.map(({ group, state }) => [group, state]));
}

async function read(group: string, consumer: string, count: number): Promise<void> {
  const from = ['STREAMS', EVENTS, '>'];
  await bench.redis.link.command('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, ...from);
}

/** 20,000 pending entries, numbered from 1 up. */
async function fillPending(): Promise<void> {
  const fill = `for i = 1, 20000 do redis.call('XADD', KEYS[1], '*', 'data', i) end
    redis.call('XREADGROUP', 'GROUP', ARGV[1], 'memory-1', 'COUNT', 20000, 'STREAMS', KEYS[1], '>')`;
  await bench.redis.link.command('EVAL', fill, 1, EVENTS, SOURCE.memory);
}

async function create(stream: string, group: string, at: string): Promise<void> {
  await bench.redis.link.command('XGROUP', 'CREATE', stream, group, at);
}

async function claim(consumer: string, id: string, idleMs: number): Promise<void> {
  const { link } = bench.redis;
  await link.command('XCLAIM', EVENTS, SOURCE.memory, consumer, 0, id, 'IDLE', idleMs, 'JUSTID');
}

/** As a handoff keeps the body of an entry that it moves. */
async function keepBody(id: string, data: string): Promise<void> {
  const path = parkedPath(bench.stateDir, EVENTS, SOURCE.memory, entryId(id));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify({ id, fields: [['data', data]] }));
}
