import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/problems/index.js';
import { TARGET_SERVICE } from '../../src/rehearsal/host-config.js';
import { expectSettledOn } from '../migration/expectations.js';
import { PAST_PHASE1, Tool } from '../migration/tool.js';
import { openYard, type Yard } from '../migration/yard.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { until } from '../support/until.js';
import { Guard, QUICK_TO_ALARM } from './guard.js';

/* `watch --auto-rollback` on real processes under traffic: in phase 2, and behind the cutover. */

let cli: BuiltCli;
let yard: Yard;
let tool: Tool;
let guard: Guard;

/** Whole migrations and ways back, on a machine with much to do. */
const A_WHILE = 180_000;
const TRAFFIC = { event: 20, incident: 10, decision: 20, approval_decision: 10 };

beforeAll(async () => {
  cli = await buildCli();
  yard = await openYard(cli.root);
  tool = new Tool(cli, yard);
  guard = new Guard(yard, tool);
  const soak = { phase1: '0s', module: '1h', burnIn: '1h' };
  await yard.configure((config) => ({ ...config, ...QUICK_TO_ALARM, soak }));
  await yard.start('commander');
  await yard.start('memory');
  await yard.host.startSource();
  yard.feeder.start(TRAFFIC);
  await done('migrate', 'commander', ...PAST_PHASE1);
  await done('migrate', 'memory', ...PAST_PHASE1, '--override', 'soak');
  await guard.watch('--auto-rollback');
}, A_WHILE);
afterAll(async () => {
  await yard.end();
  await cli.remove();
});

async function done(...args: readonly string[]): Promise<void> {
  const { code, document } = await tool.json(...args, '--yes');
  expect({ code, document }).toMatchObject({ code: 0, document: { ok: true } });
}

/** Brings the target bus down and sees the matrix's answer announced, and carried out once its grace is over. */
async function crashed(command: string): Promise<void> {
  const before = (await guard.told('rollback.ended')).length;
  await yard.host.units.kill(TARGET_SERVICE);
  await until(async () => (await guard.told('rollback.announced')).length > before);
  expect(await guard.status()).toMatchObject({ announced: { command } });
  await until(async () => (await guard.told('rollback.ended')).length > before);
  const [announced] = (await guard.told('rollback.announced')).slice(-1);
  const [begun] = (await guard.told('rollback.begun')).slice(-1);
  expect(announced).toMatchObject({ command });
  expect(Date.parse(String(begun?.['at']))).toBeGreaterThanOrEqual(
    Date.parse(String(announced?.['dueAt'])),
  );
  expect((await guard.told('rollback.ended')).slice(-1)).toMatchObject([{ command, exitCode: 0 }]);
}

/** What the guard began of itself, while the bus stays down and the halt in force. */
async function onlyOnce(count: number): Promise<void> {
  const samples = (await guard.told('sampled')).length;
  await until(async () => (await guard.told('sampled')).length > samples + 3);
  expect(await guard.told('rollback.begun')).toHaveLength(count);
}

const rollbacks = async (): Promise<readonly JsonObject[]> =>
  (await yard.journal())
    .filter(({ type, data }) => type === 'run.started' && String(data['verb']).includes('rollback'))
    .map(({ data }) => data);

it(
  'puts back the module that moved last, and no other',
  async () => {
    await crashed('orion-bus rollback --phase 2 --module memory');
    await onlyOnce(1);
    expect(await rollbacks()).toMatchObject([{ verb: 'rollback', module: 'memory' }]);
    await expectSettledOn('source', { yard, tool, module: 'memory' });
    await expectSettledOn('target', { yard, tool, module: 'commander' });
  },
  A_WHILE,
);

it(
  'puts everything back behind the cutover',
  async () => {
    await guard.restartTarget();
    await guard.calm();
    await done('halt', '--clear', '--reason', 'mended');
    yard.feeder.start(TRAFFIC);
    await done('migrate', 'memory', ...PAST_PHASE1, '--override', 'soak');
    await done('phase3', 'cutover', '--override', 'phase2', '--reason', 'a test');
    await crashed('orion-bus rollback --phase 3');
    await onlyOnce(2);
    expect((await guard.status()).phase).toBe('P0');
    expect(yard.host.units.active(TARGET_SERVICE)).toBeNull();
    await expectSettledOn('source', { yard, tool, module: 'memory' });
    await expectSettledOn('source', { yard, tool, module: 'commander' });
  },
  A_WHILE,
);
