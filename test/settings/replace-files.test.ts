import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editSettings } from '../../src/settings/index.js';
import { type Replacement, replaceFiles } from '../../src/settings/replace-files.js';
import { readSettingsFile } from '../../src/settings/settings-file.js';
import {
  editOf,
  NEW,
  OLD,
  openWorkplace,
  placeOf,
  refusalOf,
  type Workplace,
} from './workplace.js';

let workplace: Workplace;
beforeEach(async () => {
  workplace = await openWorkplace();
});
afterEach(() => workplace.remove());

const env = (value: string): string => `ORION_BUS_GROUP=${value}\n`;
const replacement = async (name: string): Promise<Replacement> => {
  const file = await workplace.put(name, env(OLD));
  await chmod(file, 0o600);
  return { found: await readSettingsFile(file), bytes: Buffer.from(env(NEW)) };
};

describe('a failure', () => {
  it('between two files puts back the first, with its mode', async () => {
    const replacements = [await replacement('a.env'), await replacement('b.env')];
    await workplace.put('b.env', 'edited by somebody else');
    const error = await refusalOf(replaceFiles(replacements));
    expect(error).toMatchObject({ code: 'settings.changed-meanwhile', kind: 'prerequisite' });
    expect(error.message).toContain(workplace.path('b.env'));
    expect(error.message).toMatch(/; nothing was changed$/);
    expect(await workplace.text('a.env')).toBe(env(OLD));
    expect((await stat(workplace.path('a.env'))).mode & 0o777).toBe(0o600);
    expect(await workplace.text('b.env')).toBe('edited by somebody else');
    expect(await workplace.names()).toEqual(['a.env', 'b.env']);
  });

  it('that cannot be put back keeps the old content and says where', async () => {
    const first = await replacement('a.env');
    const second = await replacement('b.env');
    const found = {
      ...second.found,
      // As soon as the first file has its new value, a directory comes to stand in its place.
      get bytes(): Buffer {
        if (readFileSync(first.found.path, 'utf8') === env(OLD)) return second.found.bytes;
        rmSync(first.found.path, { force: true, recursive: true });
        mkdirSync(first.found.path);
        return Buffer.from('not what is on the disk');
      },
    };
    const error = await refusalOf(replaceFiles([first, { ...second, found }]));
    const kept = workplace.path('.a.env.orion-bus-old');
    expect(error.message).toContain(`the old ones are kept as ${kept}`);
    expect(error.message).not.toContain('nothing was changed');
    expect(await readFile(kept, 'utf8')).toBe(env(OLD));
    expect(await workplace.names()).toEqual(['.a.env.orion-bus-old', 'a.env', 'b.env']);
  });

  it('before the first file is replaced leaves everything as it was', async () => {
    const one = await workplace.put('one.env', env(OLD));
    const two = await workplace.put('two.env', env(OLD));
    await mkdir(workplace.path('.two.env.orion-bus-new'));
    const error = await refusalOf(editSettings([editOf(placeOf(one)), editOf(placeOf(two))]));
    expect(error).toMatchObject({ code: 'settings.not-written' });
    expect(error.message).toMatch(/; nothing was changed$/);
    expect(await workplace.text('one.env')).toBe(env(OLD));
    expect(await workplace.names()).toEqual(['.two.env.orion-bus-new', 'one.env', 'two.env']);
  });

  it('of an earlier process is swept up', async () => {
    const file = await workplace.put('m.env', env(OLD));
    await workplace.put('.m.env.orion-bus-new', 'half a fi');
    await workplace.put('.m.env.orion-bus-old', '');
    await editSettings([editOf(placeOf(file))]);
    expect(await workplace.text('m.env')).toBe(env(NEW));
    expect(await workplace.names()).toEqual(['m.env']);
  });
});
