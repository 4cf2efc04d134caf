import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../support/built-cli.js';

let cli: BuiltCli;

beforeAll(async () => {
  cli = await buildCli();
});
afterAll(() => cli.remove());

describe('a start loads what its command needs, and no more', () => {
  it.each<[line: string, commands: readonly string[], spared: readonly string[]]>([
    ['--version', [], ['ajv', 'yaml', 'ioredis', 'execa', 'fastify', 'listr2', 'base-command']],
    ['lag --help', [], ['ajv', 'yaml', 'ioredis', 'execa', 'fastify', 'listr2', 'base-command']],
    [
      'contracts show event',
      ['contracts/show'],
      ['ioredis', 'execa', 'fastify', 'listr2', 'mdast-util-from-markdown', 'dist/runbooks/'],
    ],
    [
      'serve --redis-addr redis://:password@h:1',
      ['serve'],
      ['execa', 'listr2', 'mdast-util-from-markdown', 'dist/runbooks/', 'dist/steps/'],
    ],
  ])('%s', async (line, commands, spared) => {
    const env = {
      NODE_OPTIONS: `--import=${module(`import { register } from 'node:module';
      register(${JSON.stringify(module(TELL))});`)}`,
    };
    const { stderr } = await cli.run(line.split(' '), { env });
    const loaded = stderr.split('\n').filter((each) => each.startsWith('loaded file:'));
    const found = loaded.map((url) => /dist\/commands\/(.*)\.js$/.exec(url)?.[1]);
    expect(found.filter((name) => name !== undefined)).toEqual(commands);
    expect(loaded.length).toBeGreaterThan(10);
    for (const name of spared) {
      expect(
        loaded.filter((url) => url.includes(`/${name}`)),
        name,
      ).toEqual([]);
    }
  });

  it('by a manifest that knows every command', async () => {
    const { commands } = JSON.parse(await readFile(join(cli.root, 'oclif.manifest.json'), 'utf8'));
    expect(Object.keys(commands)).toContain('phase2:migrate');
    const { stdout } = await cli.ask(['phase2', 'migrate', '--help']);
    expect(stdout).toContain('--override');
  });
});

/** Tells on standard error of every module that is loaded. */
const TELL = `export async function load(url, context, next) {
  process._rawDebug('loaded ' + url);
  return next(url, context);
}`;

function module(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
