import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectSettledOn } from '../migration/expectations.js';
import { configureCommander } from '../migration/setups.js';
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
const TRAFFIC = { decision: 80, approval_decision: 40 };

const expectOn = (side: 'source' | 'target'): Promise<void> =>
  expectSettledOn(side, { yard, tool, module: 'commander' });

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

describe('a signal', () => {
  it.each(SIGNALS)(
    '%s before the stop ends the tool, and the same command goes on',
    async (signal) => {
      await opened();
      await yard.start('commander');
      yard.feeder.start(TRAFFIC);
      await configureCommander(yard, { tests: { command: ['sleep', '30'], cwd: '/' } });
      const started = cli.start(MIGRATE, { env: yard.env });
      await started.said('sleep 30');
      const pid = yard.host.units.active('orion-commander')?.pid;
      started.kill(signal);
      expect((await started.ended).code).toBe(130);
      expect(yard.host.units.active('orion-commander')?.pid).toBe(pid);
      await expectOn('source');
      yard.feeder.start(TRAFFIC);
      await yard.configure();
      const other = await tool.both('groups', 'settle', 'commander', '--yes');
      expect(other.code).toBe(1);
      expect(await tool.json('migrate', 'commander', '--yes')).toMatchObject({ code: 0 });
      await expectOn('target');
    },
  );

  it.each(SIGNALS)('%s right after the stop takes all back', async (signal) => {
    await opened({ handlingMs: 4 });
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const started = cli.start([...MIGRATE, '--json'], { env: yard.env });
    const ended = await yard.behind(started.ended, 'stop', async () => started.kill(signal));
    expect(ended.code).toBe(130);
    expect(JSON.parse(ended.stdout)).toMatchObject({ undo: 'done', open: false });
    await expectOn('source');
  });

  it('after the turn waits for the start, and the same command sees the end', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const started = cli.start([...MIGRATE, '--json'], { env: yard.env });
    const ended = await yard.behind(started.ended, 'release', async () => started.kill('SIGTERM'));
    expect(ended.code).toBe(130);
    expect(JSON.parse(ended.stdout)).toMatchObject({ undo: 'none', open: true });
    expect(yard.host.units.active('orion-commander')).not.toBeNull();
    expect(await tool.json('migrate', 'commander', '--yes')).toMatchObject({ code: 0 });
    await expectOn('target');
  });

  it('that comes twice ends the tool at once, and the same command goes on', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const started = cli.start(MIGRATE, { env: yard.env });
    await yard.behind(started.ended, 'stop', async () => {
      started.kill('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 100));
      started.kill('SIGTERM');
      expect((await started.ended).code).toBe(130);
    });
    expect(yard.host.units.active('orion-commander')).toBeNull();
    expect(await tool.json('migrate', 'commander', '--yes')).toMatchObject({ code: 0 });
    await expectOn('target');
  });
});
