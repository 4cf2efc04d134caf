import { dirname, join } from 'node:path/posix';
import { type Import, importsOf, isMark, isWord } from './source-imports.js';
import { type Token, tokensOf } from './source-tokens.js';

/*
 * The rules of the house, as data and as one pure function over a tree of files. Each finding names
 * the offender and the rule, so that whoever meets it knows what to move.
 */

/** Path from the top of the repository, such as `src/redis/link.ts`, to the file's text. */
export type Tree = ReadonlyMap<string, string>;

interface RoomRule {
  /** Rooms it may import, by value or as types. */
  readonly imports: readonly string[];
  /** Rooms of which it may import types only. */
  readonly types?: readonly string[];
}

const FOUNDATIONS = ['problems', 'config', 'redis', 'contracts', 'services', 'settings'];
const BELOW_RUNBOOKS = [...FOUNDATIONS].concat([
  'journal',
  'bus',
  'facts',
  'evidence',
  'checks',
  'handoff',
  'steps',
]);
const BELOW_REPORT = [...BELOW_RUNBOOKS, 'runbooks', 'watch', 'rehearsal'];
const BELOW_COMMANDS = [...BELOW_REPORT, 'report', 'ui', 'cli'];

/** From the ground up; a room that is not listed must not exist. */
const ROOMS: Readonly<Record<string, RoomRule>> = {
  problems: { imports: [] },
  config: { imports: ['problems'] },
  redis: { imports: ['problems'] },
  contracts: { imports: ['problems'] },
  services: { imports: ['problems'] },
  settings: { imports: ['problems'] },
  journal: { imports: ['redis', 'problems'] },
  bus: { imports: ['redis', 'contracts', 'problems'] },
  facts: { imports: ['redis', 'contracts', 'services', 'settings', 'problems'] },
  evidence: { imports: ['facts', 'problems'] },
  checks: { imports: ['facts', 'problems'], types: ['evidence'] },
  handoff: { imports: ['redis', 'facts', 'problems'] },
  steps: {
    imports: [
      'handoff',
      'checks',
      'facts',
      'services',
      'settings',
      'redis',
      'bus',
      'evidence',
    ].concat(['contracts', 'problems']),
  },
  runbooks: { imports: ['steps', 'checks', 'facts', 'journal', 'problems'] },
  watch: { imports: [...BELOW_RUNBOOKS, 'runbooks'] },
  rehearsal: { imports: ['runbooks', 'bus', 'services', 'redis', 'config', 'problems'] },
  report: { imports: [], types: BELOW_REPORT },
  ui: { imports: ['report'], types: BELOW_REPORT },
  cli: { imports: [...BELOW_REPORT, 'report', 'ui'] },
  commands: { imports: BELOW_COMMANDS },
};

/** Packages that only some rooms may import. `child_process` is for nobody: execa does it in services. */
const FENCES: Readonly<Record<string, readonly string[]>> = {
  ioredis: ['redis'],
  execa: ['services'],
  fastify: ['bus'],
  ink: ['ui'],
  react: ['ui'],
  listr2: ['ui'],
  chalk: ['ui'],
  'cli-table3': ['ui'],
  ajv: ['contracts', 'config', 'runbooks'],
  '@oclif/core': ['cli', 'commands'],
  child_process: [],
  // `process` is a global; by import it would slip past the rules below.
  process: [],
};

/** Members of `process` that only some files may touch. */
const PROCESS_FENCES: Readonly<Record<string, (path: string) => boolean>> = {
  env: (path) => path.startsWith('src/config/') || path === 'src/cli/surroundings.ts',
  exit: (path) => path === 'src/cli/main.ts',
};

const LONGEST_FILE = 400;

/** Where the tests of a room stand that has no folder of its own in `test/`. */
const TESTED_IN: Readonly<Record<string, string>> = { commands: 'cli', problems: 'cli' };

/** Every breach of the rules, as `file:line: what; the rule`. */
export function breaches(tree: Tree): readonly string[] {
  const files = [...tree].map(([path, text]) => {
    const tokens = tokensOf(text);
    return { path, text, tokens, imports: importsOf(tokens) };
  });
  const sources = files.filter(({ path }) => path.startsWith('src/'));
  return [
    ...sources.flatMap((file) => [
      ...(roomOf(file.path) === null
        ? [
            `${file.path}: stands in no known room; src/ has the rooms of the design and nothing else`,
          ]
        : []),
      ...file.imports.flatMap((each) => importBreaches(file.path, each)),
      ...processBreaches(file.path, file.tokens),
    ]),
    ...files.flatMap(lengthBreaches),
    ...cycles(sources),
    ...testBreaches([...tree.keys()]),
  ];
}

function importBreaches(path: string, { specifier, typesOnly, line }: Import): readonly string[] {
  const place = `${path}:${line}`;
  if (specifier === null) return [`${place}: computes what it imports; an import must be readable`];
  if (!specifier.startsWith('.')) return packageBreaches(path, place, specifier);

  const target = join(dirname(path), specifier).replace(/\.js$/, '.ts');
  const from = roomOf(path);
  const to = roomOf(target);
  if (from === null) return [];
  if (to === null) return [`${place}: imports ${target}, which stands in no room`];
  if (from === to) return [];
  const rule = ROOMS[from];
  const found: string[] = [];
  if (!rule?.imports.includes(to)) {
    if (!rule?.types?.includes(to))
      found.push(`${place}: imports ${to}/; ${from}/ may not import it`);
    else if (!typesOnly)
      found.push(
        `${place}: imports ${to}/ by value; ${from}/ may import only its types (import type)`,
      );
  }
  // Commands are what cli is for: each takes what it needs of it, and loads no more.
  if (target !== `src/${to}/index.ts` && `${from}→${to}` !== 'commands→cli')
    found.push(`${place}: imports ${target}; another room is imported through its index.ts`);
  return found;
}

function packageBreaches(path: string, place: string, specifier: string): readonly string[] {
  const bare = specifier.replace(/^node:/, '');
  const name = bare
    .split('/')
    .slice(0, bare.startsWith('@') ? 2 : 1)
    .join('/');
  const allowed = FENCES[name];
  const room = roomOf(path);
  if (allowed === undefined || (room !== null && allowed.includes(room))) return [];
  const rule =
    allowed.length === 0 ? 'nobody may' : `only ${allowed.map((r) => `${r}/`).join(', ')} may`;
  return [`${place}: imports ${name}; ${rule}`];
}

function processBreaches(path: string, tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token, at) => {
    if (!isWord(token, 'process') || isMark(tokens[at - 1], '.')) return [];
    const access = tokens.slice(at + 1, at + 5);
    const first = access.findIndex((each) => each.kind !== 'mark');
    const marks = access
      .slice(0, first)
      .map((each) => each.text)
      .join('');
    const member = ['.', '?.', '[', '?.['].includes(marks) ? access[first]?.text : undefined;
    const allowed = member === undefined ? undefined : PROCESS_FENCES[member];
    if (allowed === undefined || allowed(path)) return [];
    return [`${path}:${token.line}: uses process.${member}; it is not for this file`];
  });
}

function lengthBreaches({ path, text }: { path: string; text: string }): readonly string[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  return lines > LONGEST_FILE ? [`${path}: has ${lines} lines; ${LONGEST_FILE} are the most`] : [];
}

/** Each circle once, beginning with the file that sorts first. Types count: a circle is a circle. */
function cycles(files: readonly { path: string; imports: readonly Import[] }[]): readonly string[] {
  const edges = new Map(
    files.map(({ path, imports }) => [
      path,
      imports
        .flatMap(({ specifier }) => (specifier?.startsWith('.') ? [specifier] : []))
        .map((specifier) => join(dirname(path), specifier).replace(/\.js$/, '.ts')),
    ]),
  );
  const found = new Set<string>();
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path);
    if (seen !== -1) found.add(circle(trail.slice(seen)));
    if (seen !== -1 || finished.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of [...edges.keys()].sort(byName)) visit(path, []);
  return [...found];
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

function circle(members: readonly string[]): string {
  const first = members.indexOf([...members].sort(byName)[0] ?? '');
  const turned = [...members.slice(first), ...members.slice(0, first)];
  return `${turned.join(' → ')} → ${turned[0]}; nothing imports in a circle`;
}

function testBreaches(paths: readonly string[]): readonly string[] {
  const rooms = new Set(paths.flatMap((path) => roomOf(path) ?? []));
  const folders = new Set(
    paths.flatMap((path) => /^test\/([^/]+)\/.*\.test\.ts$/.exec(path)?.[1] ?? []),
  );
  return [
    ...[...folders]
      .filter((folder) => !rooms.has(folder))
      .map((folder) => `test/${folder}/: mirrors no room; test folders are named after rooms`),
    ...[...rooms]
      .filter((room) => !folders.has(room) && !folders.has(TESTED_IN[room] ?? ''))
      .map(
        (room) => `src/${room}/: has no tests; they belong into test/${TESTED_IN[room] ?? room}/`,
      ),
  ];
}

function roomOf(path: string): string | null {
  const room = /^src\/([^/]+)\/.+$/.exec(path)?.[1];
  return room !== undefined && Object.hasOwn(ROOMS, room) ? room : null;
}
