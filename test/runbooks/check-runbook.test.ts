// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so the templates of a runbook are written.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/problems/index.js';
import { CONTEXT_SHAPE, checkRunbook, type StepKinds } from '../../src/runbooks/index.js';
import { parseRunbook } from '../../src/runbooks/parse-runbook.js';
import { back, kindsOf, migrate } from './procedure.js';

const schema: JsonObject = {
  type: 'object',
  properties: {
    service: { type: 'string', pattern: '^orion-' },
    tries: { type: 'integer', minimum: 1 },
    side: { enum: ['source', 'target'] },
    setting: { type: 'object', properties: { file: { type: 'string' } } },
  },
  required: ['service'],
  additionalProperties: false,
};

const plain = kindsOf(async () => undefined);
const first = [...plain.values()][0];
if (first === undefined) throw new Error('there is a kind');
const kinds: StepKinds = new Map([
  ...plain,
  ['stop-service', { ...first, name: 'stop-service', schema }],
]);

/** Line 11 is the one after `uses`. */
function findings(...block: string[]): string[] {
  const text = [
    '---\nid: r\ntitle: R\nphase: 1\non-failure: back\n---',
    '## A',
    'Because.',
    '```yaml step',
    'id: a',
    ...block,
    '```',
    '```bash by-hand',
    'true',
    '```',
  ].join('\n');
  return checkRunbook(parseRunbook(text, 'r.md'), kinds, CONTEXT_SHAPE, ['r', 'back']).map(
    ({ id, status, message }) => `${status} ${id} ${message}`,
  );
}

describe('a runbook in which all is known', () => {
  it('passes with one finding', () => {
    expect(checkRunbook(migrate, kinds, CONTEXT_SHAPE, ['migrate', 'back'])).toEqual([
      {
        id: 'runbook.migrate',
        status: 'pass',
        message: 'migrate.md: 10 steps, every kind, argument and template known',
        value: { steps: 10, fingerprint: migrate.fingerprint },
      },
    ]);
    expect(checkRunbook(back, kinds, CONTEXT_SHAPE, [])).toMatchObject([{ status: 'pass' }]);
  });

  it.each([
    // The example of a value need not fit; what it is when the run binds it is held against the schema then.
    ['uses: stop-service', 'with: { service: "${{ module.service }}" }'],
    [
      'uses: stop-service',
      'with: { service: orion-x, side: "${{ giving.side }}", tries: "${{ streams.maxLength }}" }',
    ],
    [
      'uses: stop-service',
      'with: { service: orion-x, setting: "${{ item }}" }',
      'for-each: ${{ module.settings }}',
    ],
    [
      'uses: stop-service',
      'with: { service: orion-x }',
      'timeout: ${{ soak.moduleMs }}',
      'exit: 4',
    ],
  ])('%s %s', (...block) => {
    expect(findings(...block)).toEqual([expect.stringMatching(/^pass runbook\.r /)]);
  });
});

describe('what is not known', () => {
  it.each<[string[], string[]]>([
    [
      ['uses: stop-servic'],
      [
        'fail runbook.r.a.uses r.md:11: unknown step kind "stop-servic"; did you mean "stop-service"?',
      ],
    ],
    [['uses: stop-service'], ['fail runbook.r.a.with r.md:7: argument "service" is missing']],
    [
      ['uses: stop-service', 'with:', '  servce: x'],
      [
        'fail runbook.r.a.with r.md:12: argument "service" is missing',
        'fail runbook.r.a.with.servce r.md:13: unknown argument "servce"; did you mean "service"?',
      ],
    ],
    [
      ['uses: stop-service', 'with:', '  service: other', '  tries: 0', '  side: left'],
      [
        'fail runbook.r.a.with.service r.md:13: "with.service" must match pattern "^orion-"',
        'fail runbook.r.a.with.tries r.md:14: "with.tries" must be >= 1',
        'fail runbook.r.a.with.side r.md:15: "with.side" must be one of ["source","target"], not "left"',
      ],
    ],
    [
      ['uses: stop-service', 'with: { service: orion-x, tries: "${{ module.name }}" }'],
      ['fail runbook.r.a.with.tries r.md:12: "with.tries" must be integer'],
    ],
    [
      [
        'uses: stop-service',
        'with: { service: "${{ module.servic }}" }',
        'timeout: soon',
        'exit: 7',
      ],
      [
        'fail runbook.r.a.with.service r.md:12: unknown path "module.servic"; did you mean "module.service"?',
        'fail runbook.r.a.exit r.md:14: "exit" must be 1, 2, 3 or 4, not 7',
        'fail runbook.r.a.timeout r.md:13: "timeout" must be a duration such as 500ms, 30s, 5m, 24h or 7d, above 0 and at most 24d, not "soon"',
      ],
    ],
    [
      ['uses: stop-service', 'with: { service: orion-x, tries: "${{ nowhere.at.all }}" }'],
      ['fail runbook.r.a.with.tries r.md:12: unknown path "nowhere.at.all"'],
    ],
    [
      ['uses: stop-service', 'with: { service: orion-x }', 'for-each: ${{ module.stream }}'],
      [
        'fail runbook.r.a.for-each r.md:13: unknown path "module.stream"; did you mean "module.streams"?',
      ],
    ],
  ])('%j', (block, expected) => {
    expect(findings(...block)).toEqual(expected);
  });

  it('is also the runbook after a failure', () => {
    const check = (known: string[]): unknown =>
      checkRunbook(migrate, kinds, CONTEXT_SHAPE, known).map(({ message }) => message);
    expect(check(['bakc'])).toEqual([
      'migrate.md:1: on-failure names an unknown runbook "back"; did you mean "bakc"?',
    ]);
    expect(
      checkRunbook({ ...back, onFailure: 'back' }, kinds, CONTEXT_SHAPE, ['back']),
    ).toMatchObject([
      {
        id: 'runbook.back.on-failure',
        status: 'fail',
        message: 'back.md:1: runbook "back" names itself in on-failure',
      },
    ]);
  });

  it('is also a template in a heading or a by-hand block, and a step without a reason is noted', () => {
    const text = [
      '---\nid: r\ntitle: R\nphase: 1\n---',
      '## Stop ${{ modul.name }}',
      '```yaml step',
      'id: a',
      'uses: set',
      '```',
      '```bash by-hand',
      'stop ${{ module.servic }}',
      '```',
      '## B',
      '```yaml step',
      'id: b',
      'uses: set',
      '```',
    ].join('\n');
    expect(
      checkRunbook(parseRunbook(text, 'r.md'), kinds, CONTEXT_SHAPE, []).map(
        ({ status, message }) => `${status} ${message}`,
      ),
    ).toEqual([
      'fail r.md:6: unknown path "modul.name"; did you mean "module.name"?',
      'fail r.md:11: unknown path "module.servic"; did you mean "module.service"?',
      'warn r.md:6: step "a" does not say why',
      'warn r.md:14: step "b" does not say why',
      'warn r.md:14: step "b" has no ```bash by-hand block',
    ]);
  });
});
