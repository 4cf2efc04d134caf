import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SettingPlan, settingsSide } from '../../src/facts/index.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orion-settings-'));
  await writeFile(join(folder, 'old.env'), 'GROUP=g\n');
  await writeFile(join(folder, 'new.env'), 'GROUP=g-go\n');
  await writeFile(join(folder, 'odd.env'), 'GROUP=something\n');
  await writeFile(join(folder, 'old.yaml'), 'bus:\n  group: g\n');
  await writeFile(join(folder, 'new.txt'), 'group is g-go here\n');
});

afterAll(() => rm(folder, { recursive: true }));

/** In a file of the folder that is only there once the tests run. */
const setting =
  (name: string, changes: Partial<SettingPlan> = {}) =>
  (): SettingPlan => ({
    ...{ file: join(folder, name), format: 'env', key: 'GROUP' },
    ...{ source: 'g', target: 'g-go', type: null },
    ...changes,
  });
const yaml = setting('old.yaml', { format: 'yaml', key: 'bus.group' });
const sideOf = (settings: readonly (() => SettingPlan)[]) =>
  settingsSide(settings.map((plan) => plan()));

describe('settings point', () => {
  it.each([
    ['to the source', [setting('old.env')], 'source'],
    ['to the target', [setting('new.env')], 'target'],
    ['to the source in several formats', [setting('old.env'), yaml], 'source'],
    ['partly here, partly there', [setting('new.env'), yaml], 'mixed'],
    ['somewhere else', [setting('old.env'), setting('odd.env')], 'unreadable'],
    ['nowhere, in a file that is missing', [setting('none.env')], 'unreadable'],
    ['nowhere, under a key that is missing', [setting('old.env', { key: 'OTHER' })], 'unreadable'],
    ['nowhere, where none is configured', [], 'unreadable'],
  ])('%s', async (_name, settings, side) => {
    expect((await sideOf(settings)).side).toBe(side);
  });

  it('as is shown for each, by what was found or why nothing was', async () => {
    const { settings } = await sideOf([setting('odd.env'), setting('none.env')]);
    expect(settings[0]).toMatchObject({ key: 'GROUP', side: null, found: 'something' });
    expect(settings[1]?.found).toContain('none.env');
  });

  it('in a text, by which of the two strings stands there', async () => {
    const text = {
      format: 'text',
      key: null,
      source: 'is g here',
      target: 'is g-go here',
    } as const;
    expect((await sideOf([setting('new.txt', text)])).side).toBe('target');
  });
});
