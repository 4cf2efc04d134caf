import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtPackage } from '../support/built.js';

interface Described {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly examples?: readonly (string | { readonly command: string })[];
  readonly flags: Readonly<Record<string, { readonly type: string }>>;
}

let commands: readonly Described[];

beforeAll(async () => {
  const manifest = join(await builtPackage(), 'oclif.manifest.json');
  commands = Object.values(JSON.parse(await readFile(manifest, 'utf8')).commands);
});

describe('the examples of a command', () => {
  it('are there, and are of this very command', () => {
    const strangers = commands.filter(
      (command) =>
        linesOf(command).length === 0 || linesOf(command).some((line) => !isOf(command, line)),
    );
    expect(strangers.map(({ id }) => id)).toEqual([]);
  });

  it('have only flags that the command takes', () => {
    const unknown = commands.flatMap((command) =>
      linesOf(command).flatMap((line) =>
        flagsIn(line)
          .filter((flag) => command.flags[flag] === undefined)
          .map((flag) => `${command.id} --${flag}`),
      ),
    );
    expect(unknown).toEqual([]);
  });
});

function linesOf({ examples = [] }: Described): readonly string[] {
  return examples.map((each) => (typeof each === 'string' ? each : each.command));
}

function isOf({ id, aliases }: Described, line: string): boolean {
  const typed = line.replaceAll('<%= config.bin %>', 'orion-bus');
  return [id, ...aliases].some((each) => typed.includes(`orion-bus ${each.replaceAll(':', ' ')}`));
}

/** Of our own program: not those of what it is piped to, nor of what it starts. */
function flagsIn(line: string): readonly string[] {
  const own = line.slice(line.indexOf('<%= config.bin %>')).split(/ -- | \| /)[0] ?? '';
  return [...own.matchAll(/ --([\w-]+)/g)].map(([, flag = '']) => flag);
}
