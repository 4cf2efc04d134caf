import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../support/built-cli.js';

let cli: BuiltCli;
let script: string;

beforeAll(async () => {
  cli = await buildCli();
  script = (await cli.ask(['completion', 'bash'])).stdout;
  await mkdir(join(cli.root, 'path'));
  await symlink(join(cli.root, 'bin/run.js'), join(cli.root, 'path/orion-bus'));
});
afterAll(() => cli.remove());

describe('bash completes', () => {
  it.each<[typed: string, offered: readonly string[]]>([
    ['orion-bus stat', ['status']],
    ['orion-bus phase', ['phase1', 'phase2', 'phase3']],
    ['orion-bus groups re', ['remove', 'repair']],
    ['orion-bus migrate gu', ['guardian']],
    ['orion-bus phase2 migrate gu', ['guardian']],
    ['orion-bus migrate guardian --over', ['--override']],
    ['orion-bus migrate --override so', ['soak']],
    ['orion-bus migrate --override ha', []],
    ['orion-bus lag orion-mem', ['orion-memory-group', 'orion-memory-group-go']],
    ['orion-bus lag --format n', ['nagios']],
    ['orion-bus lag --format=prom', ['prometheus']],
    ['orion-bus lag --dry', []],
    ['orion-bus rollback --module co', ['commander']],
    ['orion-bus completion b', ['bash']],
    ['orion-bus help exit', ['exit-codes']],
    ['orion-bus status --config script', []],
  ])('%s', async (typed, offered) => {
    expect(await completed(typed)).toEqual(offered);
  });

  it('in an interactive shell, from a key', async () => {
    const rc = join(cli.root, 'rc');
    await writeFile(
      rc,
      `PATH=${join(cli.root, 'path')}:$PATH\neval "$(orion-bus completion bash)"\nPS1='> '\n`,
    );
    const child = execa('script', ['-qec', `bash --rcfile ${rc} -i`, '/dev/null'], {
      cwd: cli.root,
      reject: false,
      env: { TERM: 'dumb', HOME: cli.root },
    });
    let shown = '';
    let asked = false;
    child.stdout.on('data', (chunk) => {
      shown += String(chunk);
      if (shown.includes('> ') && !asked) {
        asked = true;
        child.stdin.write('orion-bus contracts sh\tevent --no-c\t; exit\n');
      }
    });
    await child;
    expect(shown.replaceAll(/\s+/g, ' ')).toContain('orion-bus contracts show event --no-color');
    expect(shown).toContain('"$schema"');
  });
});

describe('a script', () => {
  it('is written also where the configuration is wrong, without its names', async () => {
    const file = join(cli.root, 'wrong.yaml');
    await writeFile(file, 'modlues: {}\n');
    const { code, stdout } = await cli.ask(['completion', 'bash', '--config', file]);
    expect(code).toBe(0);
    expect(stdout).not.toContain('guardian');
  });

  it('offers no name that a shell would act on', async () => {
    const file = join(cli.root, 'hostile.yaml');
    const module = {
      risk: 'low',
      service: 's',
      groups: { event: { source: '$(reboot)', target: 'b' } },
    };
    await writeFile(file, JSON.stringify({ modules: { m: module } }));
    const { code, stdout } = await cli.ask(['completion', 'bash', '--config', file]);
    expect(code).toBe(0);
    expect(stdout).not.toContain('reboot');
  });

  it('for zsh is the same behind its bashcompinit', async () => {
    const { stdout } = await cli.ask(['completion', 'zsh']);
    expect(stdout).toBe(`autoload -U +X bashcompinit && bashcompinit\n\n${script}`);
  });

  it('is for shells that there is one for', async () => {
    const { code, stderr } = await cli.ask(['completion', 'bsh']);
    expect(code).toBe(64);
    expect(stderr).toContain('bash');
  });
});

/** What bash itself would offer behind the words. */
async function completed(typed: string): Promise<readonly string[]> {
  // As readline breaks words: the = stands alone.
  const words = typed.replace('=', ' = ').split(' ');
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _orion_bus; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', [
    '--norc',
    '-c',
    `${script}\ncomplete -p orion-bus >/dev/null && ${ask}`,
  ]);
  return stdout.split('\n').filter((word) => word !== '');
}
