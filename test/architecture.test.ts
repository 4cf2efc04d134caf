import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { breaches, type Tree } from './support/architecture.js';
import { importsOf } from './support/source-imports.js';
import { tokensOf } from './support/source-tokens.js';

const TOP = fileURLToPath(new URL('..', import.meta.url));

describe('the house', () => {
  it('keeps its rules', () => {
    expect(breaches(readTree()).join('\n')).toBe('');
  });
});

/** A tree that keeps every rule; each case below breaks exactly one of them. */
const SOUND: Readonly<Record<string, string>> = {
  'src/problems/index.ts': `export { OrionError } from './orion-error.js';`,
  'src/problems/orion-error.ts': `export class OrionError extends Error {}`,
  'src/redis/index.ts': `import { Redis } from 'ioredis';\nimport { OrionError } from '../problems/index.js';`,
  'src/evidence/index.ts': `export type Sample = number;`,
  'src/checks/index.ts': `import type { Sample } from '../evidence/index.js';`,
  'src/report/index.ts': `import type { OrionError } from '../problems/index.js';`,
  'src/cli/main.ts': `process.exit(0);`,
  'src/cli/surroundings.ts': `const { env } = process.env;`,
  'test/redis/link.test.ts': '',
  'test/evidence/sample.test.ts': '',
  'test/checks/criteria.test.ts': '',
  'test/report/lag.test.ts': '',
  'test/cli/main.test.ts': '',
};

describe('a rule that is broken', () => {
  it('is not seen in a sound tree', () => {
    expect(breaches(treeOf(SOUND))).toEqual([]);
  });

  it.each<[rule: string, files: Readonly<Record<string, string>>, finding: string]>([
    [
      'upward import',
      { 'src/redis/index.ts': `import '../evidence/index.js';` },
      'src/redis/index.ts:1: imports evidence/; redis/ may not import it',
    ],
    [
      'past the index',
      { 'src/redis/link.ts': `\nexport * from '../problems/orion-error.js';` },
      'src/redis/link.ts:2: imports src/problems/orion-error.ts; another room is imported through its index.ts',
    ],
    [
      'value where types are allowed',
      { 'src/checks/index.ts': `import { type Sample } from '../evidence/index.js';` },
      'src/checks/index.ts:1: imports evidence/ by value; checks/ may import only its types (import type)',
    ],
    [
      'value in a report',
      { 'src/report/index.ts': `const x = await import('../problems/index.js');` },
      'src/report/index.ts:1: imports problems/ by value; report/ may import only its types (import type)',
    ],
    [
      'ioredis',
      { 'src/cli/main.ts': `import R from 'ioredis';` },
      'src/cli/main.ts:1: imports ioredis; only redis/ may',
    ],
    [
      'execa',
      { 'src/redis/index.ts': `import { execa } from 'execa';` },
      'src/redis/index.ts:1: imports execa; only services/ may',
    ],
    [
      'fastify',
      { 'src/redis/index.ts': `export * from 'fastify';` },
      'src/redis/index.ts:1: imports fastify; only bus/ may',
    ],
    [
      'chalk',
      { 'src/cli/main.ts': `import('chalk');` },
      'src/cli/main.ts:1: imports chalk; only ui/ may',
    ],
    [
      'ink',
      { 'src/cli/main.ts': `import type { Box } from 'ink';` },
      'src/cli/main.ts:1: imports ink; only ui/ may',
    ],
    [
      'react',
      { 'src/cli/main.ts': `import 'react/jsx-runtime';` },
      'src/cli/main.ts:1: imports react; only ui/ may',
    ],
    [
      'listr2',
      { 'src/cli/main.ts': `import 'listr2';` },
      'src/cli/main.ts:1: imports listr2; only ui/ may',
    ],
    [
      'cli-table3',
      { 'src/report/index.ts': `import T from 'cli-table3';` },
      'src/report/index.ts:1: imports cli-table3; only ui/ may',
    ],
    [
      'ajv',
      { 'src/redis/index.ts': `import A from 'ajv/dist/2020.js';` },
      'src/redis/index.ts:1: imports ajv; only contracts/, config/, runbooks/ may',
    ],
    [
      'oclif',
      { 'src/redis/index.ts': `import { Args } from '@oclif/core/args';` },
      'src/redis/index.ts:1: imports @oclif/core; only cli/, commands/ may',
    ],
    [
      'child_process',
      { 'src/cli/main.ts': `import { spawn } from 'node:child_process';` },
      'src/cli/main.ts:1: imports child_process; nobody may',
    ],
    [
      'process by import',
      { 'src/cli/main.ts': `import { env } from 'process';` },
      'src/cli/main.ts:1: imports process; nobody may',
    ],
    [
      'process.env',
      { 'src/redis/index.ts': `const url = process.env['URL'];` },
      'src/redis/index.ts:1: uses process.env; it is not for this file',
    ],
    [
      'process?.env',
      { 'src/redis/index.ts': `const url = process?.['env'];` },
      'src/redis/index.ts:1: uses process.env; it is not for this file',
    ],
    [
      'process.exit',
      { 'src/cli/index.ts': `process.exit(2);` },
      'src/cli/index.ts:1: uses process.exit; it is not for this file',
    ],
    [
      'computed import',
      { 'src/cli/index.ts': `await import(name);` },
      'src/cli/index.ts:1: computes what it imports; an import must be readable',
    ],
    [
      'a circle of files',
      {
        'src/redis/index.ts': `import './b.js';`,
        'src/redis/b.ts': `import type { C } from './c.js';`,
        'src/redis/c.ts': `export { b } from './b.js';`,
      },
      'src/redis/b.ts → src/redis/c.ts → src/redis/b.ts; nothing imports in a circle',
    ],
    [
      'a long file',
      { 'src/redis/link.ts': '\n'.repeat(401) },
      'src/redis/link.ts: has 401 lines; 400 are the most',
    ],
    [
      'an unknown room',
      { 'src/helpers/text.ts': '' },
      'src/helpers/text.ts: stands in no known room; src/ has the rooms of the design and nothing else',
    ],
    [
      'a test of no room',
      { 'test/helpers/a.test.ts': '' },
      'test/helpers/: mirrors no room; test folders are named after rooms',
    ],
    [
      'a room without tests',
      { 'src/journal/index.ts': '' },
      'src/journal/: has no tests; they belong into test/journal/',
    ],
  ])('%s', (_rule, files, finding) => {
    expect(breaches(treeOf({ ...SOUND, ...files }))).toEqual([finding]);
  });
});

describe('reading imports', () => {
  it.each<[code: string, found: readonly (string | null)[]]>([
    [`import a, { b as c } from './a.js'`, ['./a.js']],
    [`import * as a from "./a.js";import b from './b.js'`, ['./a.js', './b.js']],
    [`import {\n  a,\n  type B,\n} from './a.js'`, ['./a.js']],
    [`import type { A } from './a.js'`, ['type ./a.js']],
    [`import type A from './a.js'`, ['type ./a.js']],
    [`import type from './a.js'`, ['./a.js']],
    [`import type, { b } from './a.js'`, ['./a.js']],
    [
      `export type { A } from './a.js'; export type * from './b.js'`,
      ['type ./a.js', 'type ./b.js'],
    ],
    [`export { a }; const from = './x.js'; export const b = 1`, []],
    [`export * as a from './a.js'`, ['./a.js']],
    [`import { 'odd name' as a } from './a.js'`, ['./a.js']],
    ['const a = await import(`./a.js`)', ['./a.js']],
    [`const a = await import(\`./\${name}.js\`)`, [null]],
    [`// import './a.js'\n/* import './b.js' */ const s = "import './c.js'"`, []],
    [`const t = \`import './a.js' \${\`\${require('./b.js')}\`} import './c.js'\``, ['./b.js']],
    [`const r = /import '.\\/a.js'["'\`]/; import './b.js'`, ['./b.js']],
    [`const half = a / b; import './c.js'; const d = e / f`, ['./c.js']],
    [`class A { constructor() {} toString() {} }`, []],
    [`import.meta.url; thing.import('./a.js'); const o = { import: './b.js' }`, []],
  ])('%s', (code, found) => {
    expect(
      importsOf(tokensOf(code)).map(({ specifier, typesOnly }) =>
        typesOnly ? `type ${specifier}` : specifier,
      ),
    ).toEqual(found);
  });
});

function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files));
}

function readTree(): Tree {
  return new Map(
    ['src', 'test'].flatMap((folder) =>
      readdirSync(join(TOP, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .map((path) => [
          `${folder}/${path.split(sep).join('/')}`,
          readFileSync(join(TOP, folder, path), 'utf8'),
        ]),
    ),
  );
}
