// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so the templates of a runbook are written.
import { describe, expect, it } from 'vitest';
import { type Runbook, RunbookError } from '../../src/runbooks/index.js';
import { parseRunbook } from '../../src/runbooks/parse-runbook.js';

const HEADER = ['---', 'id: move', 'title: Move it', 'phase: 2', 'on-failure: back', '---'];

/** The lines of a step's section; line 1 is its heading. */
const section = (title: string, ...block: string[]): string[] => [
  `## ${title}`,
  'Because.',
  '```yaml step',
  ...block,
  '```',
  '```bash by-hand',
  'systemctl stop it',
  '```',
];

const parse = (...lines: string[]): Runbook => parseRunbook(lines.join('\n'), 'move.md');

/** What is wrong, as `line: message`. */
function wrong(...lines: string[]): string[] {
  try {
    parse(...lines);
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return error.problems.map(({ line, message }) => `${line}: ${message}`);
  }
  return [];
}

describe('a sound runbook', () => {
  it('is read whole', () => {
    const runbook = parse(
      ...HEADER,
      '# Move it',
      '',
      'An introduction, with a block that is no step:',
      '',
      '```bash',
      'ls',
      '```',
      '## What this is about',
      'Prose before the first step.',
      ...section(
        'Stop `it`',
        'id: stop',
        'uses: stop-service',
        'with: { service: "${{ module.service }}", wait: true, tries: 3 }',
        'timeout: 90s',
        'exit: 3',
      ),
      '### Deeper',
      'More prose.',
      ...section('Each', 'id: each', 'uses: set', 'for-each: ${{ module.streams }}'),
    );
    expect(runbook).toMatchObject({
      id: 'move',
      title: 'Move it',
      phase: 2,
      onFailure: 'back',
      file: 'move.md',
    });
    expect(runbook.steps).toMatchObject([
      {
        id: 'stop',
        title: 'Stop `it`',
        why: 'Because.\n\n### Deeper\n\nMore prose.',
        uses: 'stop-service',
        with: { service: '${{ module.service }}', wait: true, tries: 3 },
        timeout: '90s',
        exit: 3,
        forEach: null,
        byHand: 'systemctl stop it',
      },
      { id: 'each', with: {}, timeout: null, exit: null, forEach: '${{ module.streams }}' },
    ]);
    expect(runbook.steps[0]?.lines.get('heading')).toBe(16);
    expect(runbook.steps[0]?.lines.get('id')).toBe(19);
    expect(runbook.steps[0]?.lines.get('with.service')).toBe(21);
  });

  it('may come from a Windows editor', () => {
    const text = [...HEADER, ...section('A', 'id: a', 'uses: b')].join('\r\n');
    expect(parseRunbook(`\uFEFF${text}`, 'move.md').steps[0]?.byHand).toBe('systemctl stop it');
  });

  it('needs no on-failure', () => {
    const header = HEADER.filter((line) => !line.startsWith('on-failure'));
    expect(parse(...header, ...section('A', 'id: a', 'uses: b')).onFailure).toBeNull();
  });
});

describe('the fingerprint', () => {
  const plain = parse(...HEADER, ...section('A', 'id: a', 'uses: b', 'with: { x: 1, y: [2, 3] }'));
  const of = (...lines: string[]): string => parse(...lines).fingerprint;

  it('does not count words, layout or the order of keys', () => {
    expect(
      of(
        ...HEADER.map((line) => line.replace('Move it', 'Move it now')),
        'An introduction.',
        '## Another heading',
        '',
        '```yaml step',
        '# a comment',
        'uses: "b"',
        'with:',
        '  y:',
        '    - 2',
        '    - 3',
        '  x: 1',
        'id: a',
        '```',
      ),
    ).toBe(plain.fingerprint);
    expect(plain.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['an id', ['id: c', 'uses: b', 'with: { x: 1, y: [2, 3] }']],
    ['a kind', ['id: a', 'uses: c', 'with: { x: 1, y: [2, 3] }']],
    ['a value', ['id: a', 'uses: b', 'with: { x: 2, y: [2, 3] }']],
    ['a type', ['id: a', 'uses: b', 'with: { x: "1", y: [2, 3] }']],
    ['an order', ['id: a', 'uses: b', 'with: { x: 1, y: [3, 2] }']],
    ['a timeout', ['id: a', 'uses: b', 'with: { x: 1, y: [2, 3] }', 'timeout: 1s']],
    ['an exit', ['id: a', 'uses: b', 'with: { x: 1, y: [2, 3] }', 'exit: 2']],
    ['a repetition', ['id: a', 'uses: b', 'with: { x: 1, y: [2, 3] }', 'for-each: ${{ a }}']],
  ])('counts %s', (_, block) => {
    expect(of(...HEADER, ...section('A', ...block))).not.toBe(plain.fingerprint);
  });

  it('counts the order of the steps', () => {
    const [a, b] = [section('A', 'id: a', 'uses: x'), section('B', 'id: b', 'uses: x')];
    expect(of(...HEADER, ...a, ...b)).not.toBe(of(...HEADER, ...b, ...a));
  });
});

describe('what is wrong with a runbook', () => {
  it('is told all at once, in the order of its lines, with file and line', () => {
    const lines = [
      '---',
      'id: Move It',
      'titel: Move it',
      'phase: 4',
      '---',
      ...section('A', 'id: a', 'use: b', 'timeout: 5'),
      '## Nothing here',
      'Only prose.',
      ...section('B', 'id: a', 'uses: b'),
      ...section('C', 'id: a', 'uses: b'),
    ];
    expect(wrong(...lines)).toEqual([
      '1: "title" is missing',
      '2: "id" must be lower-case words joined by hyphens, such as stop-module',
      '3: unknown key "titel"; did you mean "title"?',
      '4: "phase" must be 1, 2 or 3',
      '8: "uses" is missing',
      '10: unknown key "use"; did you mean "uses"?',
      '11: "timeout" must be text',
      '16: section "Nothing here" has no ```yaml step block; prose without a step stands before the first step',
      '30: step id "a" is taken already, on line 21',
    ]);
    expect(() => parse(...lines)).toThrow(
      /^9 errors in move\.md\n {2}move\.md:1: "title" is missing\n/,
    );
    try {
      parse(...lines);
    } catch (error) {
      expect(error).toMatchObject({ kind: 'config', code: 'runbook.invalid', exitCode: 64 });
    }
  });

  it.each<[string, string[], string[]]>([
    [
      'no front matter',
      ['# Move it', ...section('A', 'id: a', 'uses: b')],
      [
        '1: has no front matter: a YAML block between two lines `---` at the very top with id, title, phase',
      ],
    ],
    [
      'front matter without an end',
      ['---', 'id: a'],
      [
        '1: has no front matter: a YAML block between two lines `---` at the very top with id, title, phase',
      ],
    ],
    [
      'no step',
      [...HEADER, '# Move it'],
      ['1: has no step: a `##` section with a ```yaml step block'],
    ],
    [
      'a step under no heading',
      [...HEADER, '```yaml step', 'id: a', 'uses: b', '```', ...section('B', 'id: b', 'uses: b')],
      ['7: a ```yaml step block stands under no `##` heading'],
    ],
    [
      'a by-hand block without a step',
      [...HEADER, '## A', '```bash by-hand', 'ls', '```', ...section('B', 'id: b', 'uses: b')],
      [
        '7: section "A" has no ```yaml step block; prose without a step stands before the first step',
      ],
    ],
    [
      'two steps in a section',
      [...HEADER, ...section('A', 'id: a', 'uses: b'), '```yaml step', 'id: c', 'uses: b', '```'],
      ['16: a second ```yaml step block in one section; give it a `##` heading of its own'],
    ],
    [
      'a misspelt block',
      [
        ...HEADER,
        ...section('A', 'id: a', 'uses: b'),
        '```yaml steps',
        'id: c',
        '```',
        '```bash byhand',
        '```',
      ],
      [
        '16: unknown block ```yaml steps; did you mean "yaml step"?',
        '19: unknown block ```bash byhand; did you mean "bash by-hand"?',
      ],
    ],
    [
      'no YAML',
      [...HEADER, ...section('A', 'id: a', 'uses: [b')],
      ['11: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['a list for a block', [...HEADER, ...section('A', '- id: a')], ['10: must be a map of keys']],
    ['an empty block', [...HEADER, ...section('A')], ['10: must be a map of keys']],
    [
      'a key twice',
      [...HEADER, ...section('A', 'id: a', 'uses: b', 'id: c')],
      ['12: Map keys must be unique'],
    ],
    [
      'an alias',
      [...HEADER, ...section('A', 'id: &x a', 'uses: *x')],
      ['11: aliases are not allowed; write the value out'],
    ],
    [
      'a number that is none',
      [...HEADER, ...section('A', 'id: a', 'uses: b', 'with:', '  x: .nan')],
      ['13: must be text, a finite number, true, false, null, a list or a map'],
    ],
    [
      'a key that is no text',
      [...HEADER, ...section('A', 'id: a', 'uses: b', 'with:', '  1: x')],
      ['13: a key must be text'],
    ],
    [
      'with that is no map',
      [...HEADER, ...section('A', 'id: a', 'uses: b', 'with: [1]')],
      ['12: "with" must be a map of keys'],
    ],
    [
      'a for-each that is no template',
      [...HEADER, ...section('A', 'id: a', 'uses: b', 'for-each: a ${{ b }}')],
      ['12: "for-each" must be one template, such as ${{ module.streams }}'],
    ],
    [
      'an exit that is no number',
      [...HEADER, ...section('A', 'id: a', 'uses: b', 'exit: three')],
      ['12: "exit" must be a number'],
    ],
  ])('%s', (_, lines, expected) => {
    expect(wrong(...lines)).toEqual(expected);
  });
});
