import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectSettledOn } from '../migration/expectations.js';
import { reader } from '../migration/reader.js';
import { PAST_PHASE1, Tool } from '../migration/tool.js';
import { openYard, type Yard, type YardOptions } from '../migration/yard.js';
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
// Handlers are slow here, so that a crash finds some at work.
const TRAFFIC = { decision: 30, approval_decision: 20 };

const expectOn = (side: 'source' | 'target'): Promise<void> =>
  expectSettledOn(side, { yard, tool, module: 'commander' });

const SETTLE = ['groups', 'settle', 'commander', '--yes'];

/** Lets commander crash with messages in hand, and start again: it never looks at them any more. */
async function crashed(): Promise<number> {
  await yard.feeder.publish('decision', 40);
  while (inHand(await pendingNow()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await yard.host.units.kill('orion-commander');
  const left = inHand(await pendingNow());
  expect(left).toBeGreaterThan(0);
  await yard.start('commander');
  return left;
}

const inHand = ([count]: readonly unknown[]): number => Number(count);

async function pendingNow(): Promise<readonly unknown[]> {
  const group = yard.host.groupOf('commander', 'decision');
  const reply = await yard.host.redis.command('XPENDING', 'orion:decisions', group);
  return Array.isArray(reply) ? reply : [];
}

describe('groups settle', () => {
  it.each(['source', 'target'] as const)('has what a crash left done, on the %s', async (side) => {
    await opened({ handlingMs: 10 });
    await yard.start('commander');
    if (side === 'target') expect(await tool.json(...MIGRATE)).toMatchObject({ code: 0 });
    const left = await crashed();
    yard.feeder.start(TRAFFIC);
    const settled = await tool.json(...SETTLE);
    expect(settled).toMatchObject({ code: 0, document: { verb: 'settle', outcome: 'done' } });
    // What lies behind finished work is parked for an operator; nothing is lost, nothing comes twice.
    const audit = await yard.settled('commander');
    expect(audit).toMatchObject({ lost: 0, twice: 0 });
    expect(audit.owed).toBeLessThanOrEqual(left);
    const parked = await tool.json('pending', 'commander', '--consumer', 'orion-bus-parked');
    expect(
      JSON.stringify(parked.document).match(/"consumer":"orion-bus-parked"/g) ?? [],
    ).toHaveLength(audit.owed);
    expect((await tool.text('journal', 'verify')).code).toBe(0);
  });

  it('delivers again what was in hand last', async () => {
    await opened({ handlingMs: 10 });
    await yard.start('commander');
    await crashed();
    await yard.host.units.kill('orion-commander');
    await yard.host.redis.command('XGROUP', 'SETID', 'orion:decisions', 'commander', '$');
    expect(await tool.json(...SETTLE, '--start')).toMatchObject({ code: 0 });
    const audit = await yard.settled('commander');
    expect(audit).toMatchObject({ twice: 0 });
  });

  it('leaves a module down that was down, and starts it with --start', async () => {
    await opened({ handlingMs: 10 });
    await yard.start('commander');
    await yard.feeder.publish('decision', 40);
    while (inHand(await pendingNow()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await yard.host.units.kill('orion-commander');
    expect(await tool.json(...SETTLE)).toMatchObject({ code: 0 });
    expect(yard.host.units.active('orion-commander')).toBeNull();
    expect(await pendingNow()).toEqual([0, null, null, null]);
    expect(await tool.json(...SETTLE, '--start')).toMatchObject({ code: 0 });
    await expectOn('source');
  });

  it('refuses what it does not know or was not told to do, and changes nothing', async () => {
    await opened();
    await yard.start('commander');
    const before = await yard.snapshot();
    expect(await tool.both('groups', 'settle', 'comander', '--yes')).toMatchObject({ code: 64 });
    const asked = await tool.both('groups', 'settle', 'commander');
    expect(asked).toMatchObject({ code: 1, document: { ok: false } });
    expect(asked.text).toContain('turn orion:decisions: commander → commander');
    expect(await tool.both('groups', 'settle', 'commander', '--dry-run')).toMatchObject({
      code: 0,
    });
    expect(await yard.snapshot()).toEqual(before);
  });

  it('starts the module again where somebody else reads', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start({ approval_decision: 40 });
    const stop = await reader(yard.host, 'orion:decisions', 'commander', 'forgotten-1');
    const failed = await tool.json(...SETTLE);
    await stop();
    expect(failed).toMatchObject({ code: 3, document: { undo: 'done', open: false } });
    expect(JSON.stringify(failed.document)).toContain('forgotten-1');
    await expectOn('source');
  });
});
