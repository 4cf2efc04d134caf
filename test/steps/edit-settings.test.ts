import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ModulePlan } from '../../src/facts/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { carry, kind, SOURCE, TARGET, World } from './step-rig.js';

let server: TestRedis;
let world: World;
let second: string;
let module: ModulePlan;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
  second = join(world.directory, 'memory.yaml');
  await writeFile(second, `bus:\n  group: ${SOURCE} # of memory\n`);
  const [first] = world.module.settings;
  if (first === undefined) throw new Error('no setting');
  const other = { ...first, file: second, format: 'yaml' as const, key: 'bus.group' };
  module = { ...world.module, settings: [first, other] };
});

const texts = async (): Promise<string[]> =>
  Promise.all([readFile(world.settingsFile, 'utf8'), readFile(second, 'utf8')]);

describe('editing the settings', () => {
  it('edits all of them, and keeps what stood there', async () => {
    const { plan, intent, satisfied, result, findings } = await carry(
      'edit-settings',
      world.context({ module }),
    );
    expect(plan.map(({ text }) => text)).toEqual([
      `edit ${world.settingsFile}: BUS_GROUP ${SOURCE} → ${TARGET}`,
      `edit ${second}: bus.group ${SOURCE} → ${TARGET}`,
    ]);
    expect(intent).toMatchObject({
      settings: [{ found: SOURCE }, { found: SOURCE }],
      edits: [{ from: SOURCE, to: TARGET }, { file: second }],
    });
    expect(satisfied).toBe('no');
    expect(result['files']).toHaveLength(2);
    expect(findings).toMatchObject([{ status: 'pass' }]);
    expect(await texts()).toEqual([
      `# memory\nBUS_GROUP=${TARGET}\n`,
      `bus:\n  group: ${TARGET} # of memory\n`,
    ]);
  });

  it('edits none where one cannot be edited', async () => {
    await writeFile(second, 'bus:\n  group: another\n');
    const before = await texts();
    const problem = await problemOf(carry('edit-settings', world.context({ module })));
    expect(problem.exitCode).toBe(1);
    expect(await texts()).toEqual(before);
  });

  it('goes on where an earlier attempt was ended between two files', async () => {
    await world.point(TARGET);
    const context = world.context({ module });
    expect(await kind('edit-settings').satisfied(context, {}, {})).toBe('no');
    const { plan } = await carry('edit-settings', context);
    expect(plan).toHaveLength(1);
    expect(await texts()).toEqual([
      `# memory\nBUS_GROUP=${TARGET}\n`,
      `bus:\n  group: ${TARGET} # of memory\n`,
    ]);
    expect(await kind('edit-settings').satisfied(context, {}, {})).toBe('yes');
  });

  it('goes back by the same words', async () => {
    const before = await texts();
    await carry('edit-settings', world.context({ module }));
    await carry('edit-settings', world.backContext({ module }));
    expect(await texts()).toEqual(before);
  });

  it('does not count as done while one setting points elsewhere', async () => {
    const [finding] = await kind('edit-settings').verify(world.context({ module }), {}, {}, {});
    expect(finding).toMatchObject({ id: 'settings.side', status: 'fail' });
  });
});

describe('the look at the settings beforehand', () => {
  it('passes where all hold the value to be replaced, or the new one already', async () => {
    expect((await carry('settings-ready', world.context({ module }))).result).toEqual({
      side: 'source',
    });
    await carry('edit-settings', world.context({ module }));
    expect((await carry('settings-ready', world.context({ module }))).result).toEqual({
      side: 'target',
    });
  });

  it.each([
    ['holds another value', () => world.point('another')],
    ['holds it twice', () => writeFile(world.settingsFile, 'BUS_GROUP=memory\nBUS_GROUP=memory\n')],
    ['is not there', () => writeFile(world.settingsFile, '')],
  ])('refuses a file that %s', async (_name, make) => {
    await make();
    const problem = await problemOf(carry('settings-ready', world.context({ module })));
    expect(problem.exitCode).toBe(1);
    expect(problem.message).toContain(world.settingsFile);
  });

  it('refuses a module without settings: nothing would decide what it reads', async () => {
    const none = world.context({ module: { ...module, settings: [] } });
    expect(await problemOf(carry('settings-ready', none))).toMatchObject({ code: 'settings.none' });
  });

  it.skipIf(process.getuid?.() === 0)('refuses a folder that cannot be written', async () => {
    await chmod(world.directory, 0o500);
    const problem = await problemOf(carry('settings-ready', world.context({ module })));
    await chmod(world.directory, 0o700);
    expect(problem.exitCode).toBe(1);
  });
});
