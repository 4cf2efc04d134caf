import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FindOptions, findConfigFile } from '../../src/config/find-config-file.js';
import { configRoom, refusalOf } from './room.js';

const room = configRoom();

/** Every place has a file; each file says which place it is. */
async function host(): Promise<FindOptions & { readonly systemFile: string }> {
  const cwd = join(room.directory, 'work');
  await mkdir(cwd);
  const named = await room.write('named.yaml', '# flag');
  await writeFile(join(cwd, 'variable.yaml'), '# variable');
  await writeFile(join(cwd, 'orion-bus.yaml'), '# directory');
  const systemFile = await room.write('system.yaml', '# system');
  return { file: named, env: { ORION_BUS_CONFIG: 'variable.yaml' }, cwd, systemFile };
}

describe('the configuration file', () => {
  let all: Awaited<ReturnType<typeof host>>;
  beforeEach(async () => {
    all = await host();
  });
  const found = async (options: FindOptions): Promise<string | undefined> =>
    (await findConfigFile(options))?.text.slice(2);

  it('is the flag, then the variable, then the directory, then the host', async () => {
    expect(await found(all)).toBe('flag');
    expect(await found({ ...all, file: undefined })).toBe('variable');
    expect(await found({ ...all, file: undefined, env: {} })).toBe('directory');
    await rm(join(all.cwd, 'orion-bus.yaml'));
    expect(await found({ ...all, file: undefined, env: {} })).toBe('system');
    await rm(all.systemFile);
    expect(await findConfigFile({ ...all, file: undefined, env: {} })).toBeNull();
  });

  it('is named from the working directory, and absolute afterwards', async () => {
    const relative = await findConfigFile({ ...all, file: 'variable.yaml' });
    expect(relative?.file).toBe(join(all.cwd, 'variable.yaml'));
  });

  it('is not looked for under a variable that is set to nothing', async () => {
    const options = { ...all, file: undefined, env: { ORION_BUS_CONFIG: '' } };
    expect(await found(options)).toBe('directory');
  });

  it.each([
    ['--config', { file: 'gone.yaml' }],
    ['ORION_BUS_CONFIG', { file: undefined, env: { ORION_BUS_CONFIG: 'gone.yaml' } }],
  ])('must be there when %s names it', async (by, options) => {
    const error = await refusalOf(findConfigFile({ ...all, ...options }));
    expect(error).toMatchObject({ kind: 'config', code: 'config.file', exitCode: 64 });
    expect(error.message).toContain(`${join(all.cwd, 'gone.yaml')} (from ${by})`);
    expect(error.message).toContain('no such file');
  });

  it('is not passed over when it is there and cannot be read', async () => {
    const file = join(all.cwd, 'orion-bus.yaml');
    await rm(file);
    await mkdir(file);
    const options = { ...all, file: undefined, env: {} };
    expect((await refusalOf(findConfigFile(options))).message).toContain('a directory');
  });

  it.skipIf(process.getuid?.() === 0)('needs the permission to read it', async () => {
    await chmod(all.systemFile, 0o000);
    const options = { ...all, file: all.systemFile };
    expect((await refusalOf(findConfigFile(options))).message).toContain('permission denied');
  });
});
