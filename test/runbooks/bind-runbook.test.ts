// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so the templates of a runbook are written.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/problems/index.js';
import { type BoundStep, bindRunbook, RunbookError } from '../../src/runbooks/index.js';
import { parseRunbook } from '../../src/runbooks/parse-runbook.js';

const VALUES: JsonObject = {
  module: {
    name: 'memory',
    log: null,
    down: false,
    limits: { lag: 100 },
    streams: [
      { type: 'event', stream: 'orion:events' },
      { type: 'incident', stream: 'orion:incidents' },
    ],
    none: [],
    ports: [80, 443],
    twins: [{ type: 'a' }, { type: 'a' }],
    odd: [{ file: 'x' }, ['y']],
  },
  soak: { moduleMs: 5_000, long: '9d' },
};

/** Line 6 is the first line of the block. */
const runbook = (heading: string, ...block: string[]): Parameters<typeof bindRunbook>[0] =>
  parseRunbook(
    [
      '---\nid: r\ntitle: R\nphase: 1\n---',
      `## ${heading}`,
      '```yaml step',
      'id: a',
      'uses: k',
      ...block,
      '```',
    ].join('\n'),
    'r.md',
  );

const bind = (...block: string[]): readonly BoundStep[] =>
  bindRunbook(runbook('A', ...block), VALUES);

function wrong(...block: string[]): string[] {
  try {
    bind(...block);
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return error.problems.map(({ line, message }) => `${line}: ${message}`);
  }
  return [];
}

describe('a template', () => {
  it.each([
    ['${{ module.name }}', 'memory'],
    ['${{module.name}}', 'memory'],
    ['  ${{ module.name }} ', 'memory'],
    [
      'the ${{ module.name }} and ${{ module.down }}: ${{ module.limits.lag }}',
      'the memory and false: 100',
    ],
    ['${{ module.down }}', false],
    ['${{ module.limits.lag }}', 100],
    ['${{ module.limits }}', { lag: 100 }],
    ['${{ module.log }}', null],
    ['{module} $HOME ${HOME} {{ x }}', '{module} $HOME ${HOME} {{ x }}'],
  ])('%s is bound', (text, value) => {
    expect(
      bind(`with: { x: ${JSON.stringify(text)}, deep: [{ y: ${JSON.stringify(text)} }] }`)[0]?.args,
    ).toEqual({
      x: value,
      deep: [{ y: value }],
    });
  });

  it.each([
    ['${{ module.nam }}', 'unknown path "module.nam"; did you mean "module.name"?'],
    [
      '${{ modul.limits.lag }}',
      'unknown path "modul.limits.lag"; did you mean "module.limits.lag"?',
    ],
    ['${{ nothing.like.it }}', 'unknown path "nothing.like.it"'],
    ['${{ module.constructor }}', 'unknown path "module.constructor"'],
    ['${{ module.streams.0 }}', 'unknown path "module.streams.0"; did you mean "module.streams"?'],
    ['${{ item.type }}', 'unknown path "item.type"'],
    [
      '${{ module.name || "x" }}',
      '"module.name || "x"" is no dotted path; a template is a look-up such as module.service and nothing more',
    ],
    [
      '${{ }}',
      '"" is no dotted path; a template is a look-up such as module.service and nothing more',
    ],
    [
      '${{ module.streams }}',
      '"module.streams" is a list; repeat the step with for-each: ${{ module.streams }} and use item',
    ],
    ['a ${{ module.limits }}', '"module.limits" is no single value'],
    ['a ${{ module.log }}', '"module.log" is not set'],
    ['a ${{ module.name', 'a template is not closed by }}'],
  ])('%s is refused', (text, message) => {
    expect(wrong('with:', `  x: ${JSON.stringify(text)}`)).toEqual([`11: ${message}`]);
  });

  it('in texts for people never stops a run', () => {
    const sections = [
      '## Stop ${{ module.name }} ${{ module.log }}',
      '```bash by-hand',
      'tail ${{ module.log }}',
      '```',
    ];
    const text = [
      '---\nid: r\ntitle: R\nphase: 1\n---',
      ...sections,
      '```yaml step',
      'id: a',
      'uses: k',
      '```',
    ];
    expect(bindRunbook(parseRunbook(text.join('\n'), 'r.md'), VALUES)).toMatchObject([
      { title: 'Stop ${{ module.name }} ${{ module.log }}', byHand: 'tail ${{ module.log }}' },
    ]);
    expect(bindRunbook(runbook('Stop ${{ module.name }}'), VALUES)[0]?.title).toBe('Stop memory');
  });
});

describe('for-each', () => {
  it('repeats a step for each item, named after it', () => {
    const steps = bind(
      'for-each: ${{ module.streams }}',
      'with: { stream: "${{ item.stream }}", of: "${{ module.name }}" }',
    );
    expect(steps).toMatchObject([
      { id: 'a[event]', base: 'a', args: { stream: 'orion:events', of: 'memory' } },
      { id: 'a[incident]', base: 'a', args: { stream: 'orion:incidents', of: 'memory' } },
    ]);
  });

  it.each([
    ['none', []],
    ['ports', ['a[80]', 'a[443]']],
    ['twins', ['a[1]', 'a[2]']],
    ['odd', ['a[1]', 'a[2]']],
  ])('over %s', (list, ids) => {
    expect(bind(`for-each: \${{ module.${list} }}`).map(({ id }) => id)).toEqual(ids);
  });

  it('needs a list', () => {
    expect(wrong('for-each: ${{ module.name }}')).toEqual(['10: "module.name" is no list']);
    expect(wrong('for-each: ${{ module.stream }}')).toEqual([
      '10: unknown path "module.stream"; did you mean "module.streams"?',
    ]);
  });
});

describe('a timeout', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['"${{ soak.moduleMs }}"', 5_000],
    ['"${{ soak.long }}"', 777_600_000],
  ])('of %s', (text, ms) => {
    expect(bind(`timeout: ${text}`)[0]?.timeoutMs).toBe(ms);
  });

  it.each([
    '30',
    '0s',
    '1.5s',
    '-1s',
    '30 s',
    '25d',
    '"${{ module.name }}"',
    '"${{ module.log }}"',
  ])('of %s is refused', (text) => {
    const [problem] = wrong(`timeout: ${text === '30' ? '"30"' : text}`);
    expect(problem).toMatch(
      /^10: "timeout" must be a duration such as 500ms, 30s, 5m, 24h or 7d, above 0 and at most 24d, not /,
    );
  });

  it('is as long as it takes by default', () => {
    expect(bind()[0]).toMatchObject({ timeoutMs: null, exit: null, byHand: null });
  });
});

it('refuses an exit that is none of 1 to 4, together with all else', () => {
  expect(wrong('exit: 5', 'timeout: soon', 'with: { x: "${{ y }}" }')).toEqual([
    expect.stringMatching(/^12: unknown path "y"/),
    '10: "exit" must be 1, 2, 3 or 4, not 5',
    expect.stringMatching(/^11: "timeout" must be/),
  ]);
  expect(bind('exit: 4')[0]?.exit).toBe(4);
});
