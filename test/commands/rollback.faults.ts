import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectSettledOn } from '../migration/expectations.js';
import { PAST_PHASE1, Tool } from '../migration/tool.js';
import { openYard, type Yard, type YardOptions } from '../migration/yard.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { until } from '../support/until.js';

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
  await yard.start('commander');
  yard.feeder.start({ decision: 80, approval_decision: 40 });
}

const MIGRATE = ['migrate', 'commander', '--yes', ...PAST_PHASE1];
const ROLLBACK = ['rollback', '--phase', '2', '--module', 'commander', '--yes'];

const expectOn = (side: 'source' | 'target'): Promise<void> =>
  expectSettledOn(side, { yard, tool, module: 'commander' });

async function moved(): Promise<void> {
  expect(await tool.json(...MIGRATE)).toMatchObject({ code: 0 });
}

/** Says another group in the settings than they say now. */
async function editByHand(from: string, to: string): Promise<void> {
  const file = yard.host.paths.settingsFile('commander');
  await writeFile(file, (await readFile(file, 'utf8')).replace(`=${from}\n`, `=${to}\n`));
}

/** A migration whose process is gone, behind its stop. */
async function abandoned(): Promise<void> {
  const started = cli.start(MIGRATE, { env: yard.env });
  await yard.behind(started.ended, 'stop', async () => {
    started.kill('SIGKILL');
    await started.ended;
  });
  expect(yard.host.units.active('orion-commander')).toBeNull();
}

describe('rollback', () => {
  it('leaves a module alone that is on the source already, however often it is asked', async () => {
    await opened();
    await yard.settled('commander');
    const before = await yard.snapshot();
    const answered = await tool.both(...ROLLBACK);
    expect(answered).toMatchObject({ code: 0, document: { ok: true } });
    expect(answered.text).toContain('nothing was handed over');
    expect(await yard.snapshot()).toEqual(before);
    await moved();
    expect(await tool.json(...ROLLBACK)).toMatchObject({ code: 0, document: { outcome: 'done' } });
    await expectOn('source');
    const after = await yard.snapshot();
    expect(await tool.both(...ROLLBACK)).toMatchObject({ code: 0 });
    expect(await yard.snapshot()).toEqual(after);
  });

  it('shows its plan to nobody and does nothing', async () => {
    await opened();
    await moved();
    await yard.settled('commander');
    const before = await yard.snapshot();
    const command = ROLLBACK.filter((word) => word !== '--yes');
    const asked = await tool.both(...command);
    expect(asked).toMatchObject({ code: 1, document: { ok: false } });
    expect(asked.text).toContain('turn orion:decisions: commander-go → commander');
    expect(asked.document['next']).toEqual([`orion-bus ${command.join(' ')} --yes`]);
    expect(await tool.both(...command, '--dry-run')).toMatchObject({ code: 0 });
    expect(await yard.snapshot()).toEqual(before);
  });

  it('goes by the readers where somebody has edited the settings', async () => {
    await opened();
    await moved();
    await editByHand('commander-go', 'commander');
    await editByHand('commander-approval-go', 'commander-approval');
    const refused = await tool.both(...MIGRATE);
    expect(refused.code).toBe(1);
    expect(refused.text).toContain('adrift');
    expect(await tool.json(...ROLLBACK)).toMatchObject({ code: 0, document: { outcome: 'done' } });
    await expectOn('source');
  });

  it('guesses nothing where neither readers nor settings tell, and goes by --side', async () => {
    await opened();
    await moved();
    await yard.settled('commander');
    await yard.host.units.stop('orion-commander');
    await editByHand('commander-go', 'commander');
    const before = await yard.snapshot();
    const refused = await tool.both(...ROLLBACK);
    expect(refused).toMatchObject({ code: 1, document: { ok: false } });
    expect(refused.text).toContain('--side');
    expect(await yard.snapshot()).toEqual(before);
    expect(await tool.json(...ROLLBACK, '--side', 'target')).toMatchObject({ code: 0 });
    expect(yard.host.units.active('orion-commander')).toBeNull();
    await yard.start('commander');
    await expectOn('source');
  });

  it('takes the place of a migration that was left open, which is in the way of all else', async () => {
    await opened({ modules: ['commander', 'memory'] });
    await yard.start('memory');
    await abandoned();
    for (const command of [
      ['migrate', 'memory', '--yes', ...PAST_PHASE1],
      ['groups', 'settle', 'commander', '--yes'],
      ['rollback', '--phase', '2', '--module', 'memory', '--yes'],
    ]) {
      const refused = await tool.both(...command);
      expect(refused.code).toBe(1);
      expect(refused.text).toContain('The migrate of commander');
      expect(refused.document['next']).toContain('orion-bus migrate commander');
    }
    expect(await tool.json(...ROLLBACK)).toMatchObject({ code: 0 });
    await expectOn('source');
    await abandoned();
    expect(await tool.json('rollback', '--phase', '2', '--yes')).toMatchObject({ code: 0 });
    await expectOn('source');
  });

  it('is possible with a damaged journal, which nothing else is', async () => {
    await opened();
    await moved();
    const path = join(yard.host.paths.stateDir, 'journal.ndjson');
    await appendFile(path, 'not a record\n{"nor":"this"}\n');
    const refused = await tool.both('migrate', 'commander', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.text.replaceAll(' ', '')).toContain(path);
    expect(await tool.json(...ROLLBACK)).toMatchObject({ code: 0, document: { outcome: 'done' } });
    await expectOn('source');
  });

  it('is possible where another journal is the memory, which nothing else is', async () => {
    await opened();
    await moved();
    const state = ['journal', 'f'.repeat(64), 'host', 'orion-two', 'stateDir', '/srv/orion-state'];
    await yard.host.redis.command('HSET', 'orion:orion-bus:state', ...state);
    const refused = await tool.both('migrate', 'commander', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.text).toContain('/srv/orion-state on orion-two');
    expect(await tool.json(...ROLLBACK)).toMatchObject({ code: 0, document: { outcome: 'done' } });
    await expectOn('source');
  });

  it('says how many would be repeated where the group to give is gone, and wants it accepted', async () => {
    await opened();
    await moved();
    await yard.settled('commander');
    await yard.host.units.stop('orion-commander');
    await yard.host.redis.command('XGROUP', 'DESTROY', 'orion:decisions', 'commander-go');
    const refused = await tool.both(...ROLLBACK);
    expect(refused.code).toBe(3);
    const [, count = ''] = /--accept-duplicates (\d+)/.exec(refused.text) ?? [];
    expect(Number(count)).toBeGreaterThan(0);
    const back = await tool.json(...ROLLBACK, '--accept-duplicates', count);
    expect(back).toMatchObject({ code: 0 });
    await yard.start('commander');
    const audit = await yard.settled('commander');
    expect(audit).toMatchObject({ lost: 0, owed: 0 });
    expect(audit.twice + audit.repeated).toBeLessThanOrEqual(Number(count));
  });

  it('lets one of two at the same time win', async () => {
    await opened();
    await moved();
    const both = await Promise.all([1, 2].map(() => cli.run(ROLLBACK, { env: yard.env })));
    const codes = both.map(({ code }) => code).sort();
    expect(codes).toEqual([0, 1]);
    const loser = both.find(({ code }) => code === 1)?.stderr.replaceAll(/\s+/g, ' ');
    expect(loser).toMatch(/lease is held by|is not finished|begun meanwhile/);
    await until(
      async () => (await yard.host.redis.command('EXISTS', 'orion:orion-bus:lease')) === 0,
    );
    await expectOn('source');
  });
});
