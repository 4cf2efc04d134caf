import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../support/built-cli.js';

let cli: BuiltCli;
let directory = '';

beforeAll(async () => {
  cli = await buildCli();
});
afterAll(() => cli.remove());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orion-init-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const config = (): string => join(directory, 'etc/orion-bus.yaml');
const units = (): string => join(directory, 'units');

describe('init', () => {
  it('writes a configuration that the tool takes, and the units where asked for', async () => {
    const args = ['--config', config(), '--systemd', '--units-dir', units(), '--json'];
    const { code, stdout } = await cli.ask(['init', ...args]);
    const document = JSON.parse(stdout) as { files: string[]; next: string[] };
    expect(code).toBe(0);
    expect(document.files).toHaveLength(5);
    expect((await stat(config())).mode & 0o777).toBe(0o640);
    expect(await readdir(units())).toHaveLength(4);
    expect(document.next[0]).toBe(`orion-bus validate --config ${config()}`);
    const read = await cli.ask(['runbooks', 'check', '--config', config()]);
    expect(read).toMatchObject({ code: 0 });
  });

  it('writes nothing where one of the files is there, and replaces none', async () => {
    await writeFile(join(directory, 'orion-bus-validate.timer'), 'mine');
    const args = ['--config', config(), '--systemd', '--units-dir', directory];
    const { code, stderr } = await cli.ask(['init', ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain('orion-bus-validate.timer is there already');
    expect(await readdir(directory)).toEqual(['orion-bus-validate.timer']);
    expect(await readFile(join(directory, 'orion-bus-validate.timer'), 'utf8')).toBe('mine');
  });

  it('only says what it would write, with --dry-run', async () => {
    const { code, stdout } = await cli.ask(['init', '--config', config(), '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain(`would be written: ${config()}`);
    expect(await readdir(directory)).toEqual([]);
  });
});
