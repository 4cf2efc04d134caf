import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parkedPath } from '../../src/handoff/index.js';
import { Journal } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { entryId } from '../../src/redis/index.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { until } from '../support/until.js';
import { type Bench, openBench, SOURCE } from './bench.js';
import { holdBy, journalOf, pendingOf, stuckEntries } from './pending-world.js';

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

describe('claim --to', () => {
  it('moves what is idle, keeps its delivery counts, and tells what it passed over', async () => {
    const [first = '', second = '', third = '', fourth = ''] = await stuckEntries(bench, 4);
    await holdBy(bench, 'memory-1', third, 0);
    await holdBy(bench, 'memory-9', fourth);
    await command('XDEL', EVENTS, second);
    const { code, json, said } = await bench.once('claim', 'memory', '--to', 'memory-9', '--yes');
    expect(code).toBe(0);
    expect(json).toMatchObject({ claimed: 1, notIdle: 1, held: 1, ghosts: 1, lostRace: 0 });
    expect(json).toMatchObject({ ok: true, complete: true, failed: 0, acknowledged: 0 });
    expect(said).toContain('consumers of orion-memory-group read only new entries');
    expect(said).not.toContain('no consumer there yet');
    expect(await pendingOf(bench)).toEqual([
      [first, 'memory-9', 1],
      [second, 'memory-1', 1],
      [third, 'memory-1', 1],
      [fourth, 'memory-9', 1],
    ]);
    expect(await journalOf(bench, 'claim')).toMatchObject([
      { stage: 'intended', to: 'memory-9', minIdleMs: 60_000 },
      { stage: 'page', stream: EVENTS, group: GROUP, count: 2, from: first, to: second },
      { stage: 'done', complete: true, claimed: 1, ghosts: 1 },
    ]);
  });

  it('goes on where it was broken off: what was moved is not moved again', async () => {
    await stuckEntries(bench, 3);
    expect(
      (await bench.once('claim', 'memory', '--to', 'm', '--limit', '2', '--yes')).json.claimed,
    ).toBe(2);
    expect((await bench.once('claim', 'memory', '--to', 'm', '--yes')).json).toMatchObject({
      ...{ claimed: 1, held: 2 },
    });
    expect((await bench.once('claim', 'memory', '--to', 'm', '--yes')).json.claimed).toBe(0);
  });

  it('asks, and changes nothing without an answer or in a dry run', async () => {
    await stuckEntries(bench, 2);
    const before = await bench.keys();
    const asked = await bench.both('claim', 'memory', '--to', 'm');
    expect(asked.code).toBe(1);
    expect(asked.json.error.code).toBe('confirmation.needed');
    expect(asked.json.next).toEqual(['orion-bus claim memory --to m --json --yes']);
    const dry = await bench.both('claim', 'memory', '--to', 'm', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.json.plan).toMatchObject({ entries: 2, groups: [{ group: GROUP, entries: 2 }] });
    expect(await bench.keys()).toEqual(before);
  });

  it('is refused for what is parked where nobody reads pending entries', async () => {
    const [first = ''] = await stuckEntries(bench, 2);
    await holdBy(bench, 'orion-bus-parked', first);
    const { code, json } = await bench.both('claim', 'memory', '--to', 'm', '--yes');
    expect(code).toBe(1);
    expect(json.error.code).toBe('claim.parked');
    const source = { name: 'python', group: 'orion-{module}-group', service: null, log: null };
    await bench.configure({ source: { ...source, resumesPending: true } });
    const claimed = await bench.once('claim', 'memory', '--to', 'm', '--yes');
    expect(claimed.json.claimed).toBe(2);
    expect(claimed.said).toContain('m is no consumer there yet');
    expect(claimed.said).not.toContain('read only new entries');
  });

  it.each([
    ['claim', 'memory'],
    ['claim', 'memory', '--to', 'm', '--min-idle', '0ms'],
    ['claim', 'memory', '--to', 'm', '--exec', '--', 'true'],
    ['claim', 'memory', '--exec'],
    ['claim', 'memory', 'true'],
    ['claim', 'memory', '--to', 'orion-bus-parked'],
    ['claim', 'memroy', '--to', 'm'],
    ['claim', '--to', 'm'],
    ['claim', 'memory', '--dead', '--to', 'm'],
    ['claim', 'memory', '--to', 'm', '--plan-in', 'missing.ndjson'],
  ])('%s %s %s %s is wrong usage', async (...args) => {
    const { code, json } = await bench.once(...args);
    expect([code, json.error.kind]).toEqual([64, 'usage']);
  });
});

describe('a plan', () => {
  it('is written, carried out later, and told apart from what has changed since', async () => {
    const [first = '', second = '', third = ''] = await stuckEntries(bench, 3);
    const file = join(bench.directory, 'plan.ndjson');
    const out = await bench.once('claim', 'memory', '--to', 'm', '--plan-out', file);
    expect(out.json).toMatchObject({ entries: 3, planFile: file });
    expect(out.json.next).toEqual([`orion-bus claim memory --to m --plan-in ${file} --json`]);
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.slice(1).map((line) => JSON.parse(line).id)).toEqual([first, second, third]);
    await command('XACK', EVENTS, GROUP, first);
    await holdBy(bench, 'memory-7', second);
    const carried = await bench.once('claim', 'memory', '--to', 'm', '--plan-in', file, '--yes');
    expect(carried.json).toMatchObject({ claimed: 1, stale: 2, lostRace: 0 });
    expect(await pendingOf(bench)).toMatchObject([
      [second, 'memory-7', 1],
      [third, 'm', 1],
    ]);
  });

  it('of other groups, or that is none, is refused', async () => {
    await stuckEntries(bench, 1);
    const file = join(bench.directory, 'plan.ndjson');
    await bench.once('claim', 'memory', '--to', 'm', '--plan-out', file);
    const other = await bench.once('claim', 'commander', '--to', 'm', '--plan-in', file, '--yes');
    expect([other.code, other.json.error.code]).toEqual([64, 'plan.foreign']);
    await writeFile(file, '{"v":1,"plan":"claim"}\n{"id":"x"}\n');
    const broken = await bench.once('claim', 'memory', '--to', 'm', '--plan-in', file, '--yes');
    expect(broken.json.error).toMatchObject({ code: 'plan.unreadable' });
    expect(broken.json.error.message).toContain('at line 2');
  });
});

describe('claim --exec', () => {
  const program = (text: string): string[] => ['--exec', '--yes', '--', 'sh', '-c', text];

  it('hands each message to the program and acknowledges what it handled', async () => {
    const [first = '', second = ''] = await stuckEntries(bench, 2);
    const log = join(bench.directory, 'log');
    const { code, json } = await bench.once(
      ...['claim', 'memory'],
      ...program(`env | grep ^ORION_BUS_ | sort >> ${log}; cat >> ${log}`),
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ acknowledged: 2, failed: 0, claimed: 0 });
    expect(await pendingOf(bench)).toEqual([]);
    const logged = await readFile(log, 'utf8');
    for (const id of [first, second]) expect(logged).toContain(`ORION_BUS_ID=${id}\n`);
    expect(logged).toContain(`ORION_BUS_DELIVERIES=1\nORION_BUS_GROUP=${GROUP}\n`);
    expect(logged).toContain(`ORION_BUS_STREAM=${EVENTS}\n{"version":"1.0"`);
  });

  it('gives back what the program did not handle, a delivery more, and says so', async () => {
    const [first = '', second = ''] = await stuckEntries(bench, 2);
    const { code, json } = await bench.once(
      ...['claim', 'memory'],
      ...program(`test $ORION_BUS_ID != ${first} || { echo no such host >&2; exit 3; }`),
    );
    expect(code).toBe(2);
    expect(json.error.code).toBe('claim.not-handled');
    expect(json).toMatchObject({ acknowledged: 1, failed: 1 });
    expect(json.failures).toMatchObject([{ id: first, because: 'exit 3: no such host' }]);
    expect(await pendingOf(bench)).toEqual([[first, 'memory-1', 2]]);
    expect(second).not.toBe('');
  });

  it('ends a program that takes too long', async () => {
    await stuckEntries(bench, 1);
    const { json } = await bench.once(
      ...['claim', 'memory', '--timeout', '200ms'],
      ...program('sleep 60'),
    );
    expect(json.failures).toMatchObject([{ because: 'ended after 200 ms' }]);
  });

  it('leaves everything where it is when there is no such program', async () => {
    const [first = '', second = ''] = await stuckEntries(bench, 2);
    const missing = ['--exec', '--yes', '--', join(bench.directory, 'missing')];
    const { code, json } = await bench.once('claim', 'memory', ...missing);
    expect([code, json.error.code]).toEqual([1, 'command.not-started']);
    expect(await pendingOf(bench)).toMatchObject([
      [first, 'memory-1', 2],
      [second, 'memory-1', 1],
    ]);
    expect(await journalOf(bench, 'claim')).toMatchObject([
      { stage: 'intended' },
      { stage: 'page', stream: EVENTS, group: GROUP, ids: [first, second] },
      { stage: 'failed' },
    ]);
  });

  it('settles parked messages, also trimmed ones whose body was kept', async () => {
    const [first = '', second = ''] = await stuckEntries(bench, 2);
    await holdBy(bench, 'orion-bus-parked', first);
    await holdBy(bench, 'orion-bus-parked', second);
    await keepBody(second, '{"kept":true}');
    await command('XDEL', EVENTS, second);
    const failing = await bench.once('claim', 'memory', ...program('cat > /dev/null; exit 1'));
    expect(failing.json).toMatchObject({ failed: 2 });
    expect(await pendingOf(bench)).toMatchObject([
      [first, 'orion-bus-parked', 2],
      [second, 'orion-bus-parked', 1],
    ]);
    await holdBy(bench, 'orion-bus-parked', first);
    const log = join(bench.directory, 'log');
    const { json } = await bench.once('claim', 'memory', ...program(`cat >> ${log}`));
    expect(json).toMatchObject({ acknowledged: 2, ghosts: 0 });
    expect(await readFile(log, 'utf8')).toContain('{"kept":true}');
    expect(await pendingOf(bench)).toEqual([]);
  });

  it('finishes the program under way at a signal, ends with 130, and goes on when run again', async () => {
    await stuckEntries(bench, 3);
    const log = join(bench.directory, 'log');
    const text = `echo begun >&2; echo $ORION_BUS_ID >> ${log}; sleep 0.5`;
    const claiming = bench.start('claim', 'memory', '--json', ...program(text));
    await until(async () => (await readFile(log, 'utf8').catch(() => '')) !== '');
    claiming.kill('SIGINT');
    const ended = await claiming.ended;
    expect(ended.code).toBe(130);
    const json = JSON.parse(ended.stdout);
    expect(json).toMatchObject({ complete: false, error: { code: 'interrupted' } });
    expect(json.acknowledged).toBe(1);
    expect(await pendingOf(bench)).toHaveLength(2);
    const again = await bench.once('claim', 'memory', ...program(`echo $ORION_BUS_ID >> ${log}`));
    expect(again.json).toMatchObject({ acknowledged: 2, complete: true });
    const ids = (await readFile(log, 'utf8')).trim().split('\n');
    expect(new Set(ids).size).toBe(3);
    expect(ids).toHaveLength(3);
  });

  it('that is killed leaves the entry pending, and the same command goes on', async () => {
    const [first = '', second = ''] = await stuckEntries(bench, 2);
    const log = join(bench.directory, 'log');
    const text = `echo $ORION_BUS_ID >> ${log}; exec sleep 0.3`;
    const claiming = bench.start('claim', 'memory', ...program(text));
    await until(async () => (await readFile(log, 'utf8').catch(() => '')) !== '');
    claiming.kill('SIGKILL');
    await claiming.ended;
    expect(await pendingOf(bench)).toEqual([
      [first, 'orion-bus-claim', 2],
      [second, 'memory-1', 1],
    ]);
    await holdBy(bench, 'orion-bus-claim', first);
    const again = await bench.once('claim', 'memory', ...program(`echo $ORION_BUS_ID >> ${log}`));
    expect(again.json).toMatchObject({ acknowledged: 2, complete: true });
    expect((await readFile(log, 'utf8')).trim().split('\n')).toEqual([first, first, second]);
    expect(await pendingOf(bench)).toEqual([]);
  });
});

describe('with a run that is not finished, or a lease that is held', () => {
  it('nothing is claimed', async () => {
    await stuckEntries(bench, 1);
    const lease = JSON.stringify({
      ...{ host: 'elsewhere', bootId: 'b', pid: 1, processStart: '1', run: 'r', verb: 'migrate' },
      ...{ since: '2026-01-01T00:00:00.000Z', token: 1 },
    });
    await command('SET', 'orion:orion-bus:lease', lease);
    const held = await bench.once('claim', 'memory', '--to', 'm', '--yes');
    expect([held.code, held.json.error.kind]).toEqual([1, 'lease']);
    expect(await pendingOf(bench)).toMatchObject([[expect.anything(), 'memory-1', 1]]);
  });

  it('nothing is claimed, acknowledged or removed while a run is open', async () => {
    const [first = ''] = await stuckEntries(bench, 1);
    const journal = await Journal.open(bench.stateDir, { clock: systemClock });
    const data = { verb: 'migrate', module: 'memory' };
    await journal.append({ type: 'run.started', run: 'r1', data, redisAt: null });
    await journal.close();
    for (const args of [
      ['claim', 'memory', '--to', 'm'],
      ['claim', 'memory', '--dead'],
      ['ack', 'memory', first, '--reason', 'x'],
      ['groups', 'repair'],
      ['groups', 'remove', 'g'],
    ]) {
      const { code, json } = await bench.both(...args, '--yes');
      expect([code, json.error.code]).toEqual([1, 'run.open']);
      expect(json.next).toEqual(['orion-bus migrate memory', 'orion-bus rollback --phase 2']);
    }
    expect(await pendingOf(bench)).toEqual([[first, 'memory-1', 1]]);
  });

  it('a halt keeps nobody from settling', async () => {
    await stuckEntries(bench, 1);
    await bench.once('halt', '--reason', 'a test');
    expect((await bench.once('claim', 'memory', '--to', 'm', '--yes')).json.claimed).toBe(1);
  });
});

function command(name: string, ...args: (string | number)[]) {
  return bench.redis.link.command(name, ...args);
}

async function keepBody(id: string, data: string): Promise<void> {
  const path = parkedPath(bench.stateDir, EVENTS, GROUP, entryId(id));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify({ id, fields: [['data', data]] }));
}
