import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectSettledOn } from '../migration/expectations.js';
import { startMoody } from '../migration/setups.js';
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

describe('a Redis that goes away between stop and start', () => {
  it('and comes back: the migration goes on', async () => {
    await opened();
    await startMoody(yard, 'patient');
    yard.feeder.start(TRAFFIC);
    const { units } = yard.host;
    const moved = await yard.behind(tool.json(...MIGRATE), 'stop', async () => {
      await units.kill('redis');
      setTimeout(() => void units.start('redis'), 1_500);
    });
    expect(moved).toMatchObject({ code: 0, document: { outcome: 'done' } });
    await expectOn('target');
  });

  it('and only does not answer for a while: the migration goes on', async () => {
    await opened();
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    const moved = await yard.behind(tool.json(...MIGRATE), 'stop', async () => {
      const pid = yard.host.units.active('redis')?.pid ?? 0;
      process.kill(pid, 'SIGSTOP');
      setTimeout(() => process.kill(pid, 'SIGCONT'), 6_000);
    });
    expect(moved).toMatchObject({ code: 0, document: { outcome: 'done' } });
    await expectOn('target');
  });

  it('and stays away for half the headroom: the module runs again as it did', async () => {
    await opened();
    await startMoody(yard, 'patient');
    // Streams that are trimmed while they are read have little headroom.
    await yard.configure((config) => ({
      ...config,
      streams: { prefix: 'orion', maxLength: 400 },
    }));
    await yard.feeder.publish('decision', 400, 400);
    yard.feeder.start({ decision: 80 }, 400);
    await yard.quiet('commander');
    const failed = await yard.behind(tool.json(...MIGRATE), 'stop', () =>
      yard.host.units.kill('redis'),
    );
    const { undo, undoError, open } = failed.document;
    expect({ code: failed.code, undo, undoError, open }).toEqual({
      code: 1,
      undo: 'done',
      undoError: null,
      open: false,
    });
    expect(yard.host.groupOf('commander', 'decision')).toBe('commander');
    expect(yard.host.units.active('orion-commander')).not.toBeNull();
    await yard.host.units.start('redis');
    expect(await tool.json('groups', 'settle', 'commander', '--yes')).toMatchObject({ code: 0 });
    const audit = await yard.settled('commander');
    expect(audit).toMatchObject({ lost: 0, twice: 0 });
  });
});
