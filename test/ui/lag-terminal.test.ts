import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listOf, textOf } from '../../src/redis/index.js';
import { type Bench, openBench, SOURCE } from '../commands/bench.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { hasTmux, openTerminal, type Terminal } from '../support/tmux.js';

/* The live view as an operator sees it: a real terminal, the tool as it is shipped, a real Redis. */

const EVENTS = 'orion:events';
let cli: BuiltCli;
let bench: Bench;
let terminal: Terminal | null = null;

beforeAll(async () => {
  cli = await buildCli();
  await cli.addCommand('try crash', CRASH);
});
afterAll(() => cli.remove());
afterEach(async () => {
  await terminal?.close();
  await bench?.close();
});

describe.skipIf(!hasTmux)('the live view in a terminal', () => {
  it('leads to the stuck entry, claims it, acknowledges the rest, and shows it drained', async () => {
    await withStuckEntries();
    const view = await open('lag');
    await view.shows('all groups (2)', 'phase P0', 'bus go ok', /memory-group +1 +2 /);
    await keeps('live-groups', view);

    // Find it: only the groups with a fault, then down.
    await view.press('/');
    await view.type('decisions');
    await view.shows('all groups (1 of 2)', 'filter (!text inverts): decisions_');
    await view.press('Enter', 'Escape');
    await view.press('End', 'Enter');
    await view.shows('CONSUMER', /memory-dead +2 /);
    await keeps('live-consumers', view);
    await view.press('End', 'Enter');
    await view.shows('DELIVERED', /\d+-\d+ .* STUCK/);
    await view.press('Enter');
    await view.shows('FAIL  /severity is "fatal"', '! ', '"severity": "fatal"');
    await view.press('Escape');
    await view.shows('DELIVERED');

    // Claim the first, acknowledge the other.
    await view.press('c');
    await view.type('memory-2');
    await view.press('Enter');
    await view.shows(/Claim 1 entry \(\d+-\d+\) of memory-dead .*/, 'read only new entries');
    await view.press('y');
    await view.shows('1 claimed');
    expect(await holders()).toEqual(['memory-2', 'memory-dead']);
    await view.press('a');
    await view.type('broken by hand');
    await view.press('Enter', 'y');
    await view.shows('1 acknowledged');
    expect(await holders()).toEqual(['memory-2']);
    await view.press('Escape', 'Escape');
    // It drains as soon as somebody settles the rest.
    await acknowledgeAll();
    await view.shows('all groups (2)', /memory-group +1 +0 /);
    const { json } = await bench.both('journal', 'list');
    expect(json.records.map(({ type }: { type: string }) => type)).toEqual([
      ...['claim', 'claim', 'claim', 'ack', 'ack'],
    ]);
    await view.press('q');
    await view.shows('ended with 0', 'a line from before');
    expect(await view.screen()).not.toContain('all groups');
  });

  it('pauses, outlives its Redis, follows the size, and gives the terminal back on SIGTERM', async () => {
    bench = await openBench(cli);
    const view = await open('lag --read-only', { columns: 200, rows: 50 });
    await view.shows('HEADROOM', 'LAST 5 m', 'read-only');
    await view.resize(80, 24);
    await view.loses('HEADROOM');
    await view.resize(50, 12);
    await view.shows('Too small', '50x12');
    await view.resize(80, 24);
    await view.shows('all groups (2)');
    await view.press('+');
    await view.shows('every 500 ms');
    await view.press('-', '-');
    await view.shows('every 2 s');
    await view.press('+', '?');
    await view.shows('↓ j', 'leave');
    await view.press('?', 'Right', 'Right');
    await view.shows('GROUP↓', 'by GROUP ↓');
    await view.press('e');
    await view.shows('faults only', 'No row has a fault.');
    await view.press('e', 's');
    await view.shows('LENGTH', 'streams (2)');
    await view.press('s', 'p');
    await view.shows('PAUSED');
    await bench.publish('event', 7);
    await view.press('p');
    await view.shows(/memory-group +7 /);

    await bench.redis.kill();
    await view.shows('LOST since', /memory-group +7 /);
    await keeps('live-lost', view);
    await bench.redis.restart();
    await view.loses('LOST');
    await bench.publish('event', 1);
    await view.shows(/memory-group +8 /);
    // Nothing is claimed where only looking is allowed.
    await view.press('End', 'c');
    expect(await view.screen()).not.toContain('consumer?');

    process.kill(Number(await readFile(`${cli.root}/view.pid`, 'utf8')), 'SIGTERM');
    await view.shows('ended with 130', 'a line from before', 'Interrupted by');
    expect(await view.screen()).not.toContain('all groups');
  });

  it('gives the terminal back before it tells of a crash', async () => {
    bench = await openBench(cli);
    const view = await open('try crash');
    const screen = await view.shows('ended with 70', 'a line from before');
    expect(screen).not.toContain('drawn');
    expect(screen).toMatch(/defect/i);
  });
});

async function open(words: string, size = { columns: 80, rows: 24 }): Promise<Terminal> {
  const run = `echo $$ > ${cli.root}/view.pid; exec ${process.execPath} ${cli.root}/bin/run.js ${words}`;
  const line = `echo a line from before; sh -c '${run}'; echo ended with $?; sleep 1000`;
  terminal = await openTerminal(line, {
    ...size,
    env: { PATH: process.env['PATH'] ?? '', HOME: cli.root, TMPDIR: cli.root, ...bench.env },
  });
  return terminal;
}

/** Two entries that a dead consumer took two minutes ago, the first against its contract. */
async function withStuckEntries(): Promise<void> {
  bench = await openBench(cli);
  const { link } = bench.redis;
  await link.command('XADD', EVENTS, '*', 'data', '{"version":"1.0","severity":"fatal"}');
  await bench.publish('event', 2);
  const read = ['XREADGROUP', 'GROUP', SOURCE.memory, 'memory-dead', 'COUNT', 2];
  await link.command(String(read[0]), ...read.slice(1), 'STREAMS', EVENTS, '>');
  const ids = await pendingIds();
  await link.command('XCLAIM', EVENTS, SOURCE.memory, 'memory-dead', 0, ...ids, 'IDLE', 120_000);
  await link.command('XGROUP', 'CREATECONSUMER', EVENTS, SOURCE.memory, 'memory-1');
}

async function pending(): Promise<readonly (readonly string[])[]> {
  const { link } = bench.redis;
  const rows = await link.command('XPENDING', EVENTS, SOURCE.memory, '-', '+', 10);
  return listOf(rows).map((row) => listOf(row).map(textOf));
}

async function pendingIds(): Promise<readonly string[]> {
  return (await pending()).map(([id = '']) => id);
}

async function holders(): Promise<readonly string[]> {
  return (await pending()).map(([, consumer = '']) => consumer);
}

async function acknowledgeAll(): Promise<void> {
  await bench.redis.link.command('XACK', EVENTS, SOURCE.memory, ...(await pendingIds()));
}

/** Screens are kept as files; figures that are never twice the same are written the same. */
async function keeps(name: string, view: Terminal): Promise<void> {
  const file = fileURLToPath(new URL(`screens/${name}-80x24.txt`, import.meta.url));
  await expect(`${steady(await view.screen())}\n`).toMatchFileSnapshot(file);
}

function steady(screen: string): string {
  return screen
    .replaceAll(/unix:\/\/\S+/g, 'unix:///redis.sock')
    .replaceAll(/\d\d:\d\d:\d\d/g, '12:00:00')
    .replaceAll(/\d{13}-\d+/g, '1700000000000-0')
    .replaceAll(/\d+(\.\d)? (ms|s|m)\b( \d+ s\b)?/g, '1 s')
    .replaceAll(/(in|out) \S+\/s/g, '$1 0/s')
    .replaceAll(/does not drain|drains in (1 s|-)/g, 'drains in -')
    .replaceAll(/[▁▂▃▄▅▆▇█]+ {2}last/g, '▁  last')
    .replaceAll(/ {3,}/g, '  ');
}

const CRASH = `
import { BaseCommand } from '../../cli/base-command.js';
import { openLiveScreen } from '../../ui/index.js';
export default class Crash extends BaseCommand {
  async run() {
    await this.parse(Crash);
    const { stdin, stdout } = this.surroundings;
    const nothing = () => undefined;
    const screen = await openLiveScreen({ stdin, stdout, colour: false, onKey: nothing, onResize: nothing });
    screen.draw([{ spans: [{ text: 'drawn', tone: 'plain' }], how: 'plain' }]);
    setTimeout(() => { throw new Error('boom'); }, 200);
    await new Promise(() => undefined);
  }
}`;
