import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Contracts, loadContracts, violationText } from '../../src/contracts/index.js';
import { command, SAMPLES, sampleOf } from './samples.js';

const DIRECTORY = join(import.meta.dirname, '../../contracts');
let contracts: Contracts;
let strict: Contracts;
beforeAll(async () => {
  contracts = await loadContracts({ directory: DIRECTORY });
  strict = await loadContracts({ directory: DIRECTORY, strictFormats: true });
});

const texts = (type: string, message: unknown): readonly string[] => {
  const result = contracts.check(type, message);
  return result.valid ? [] : result.violations.map(violationText);
};

describe('formats', () => {
  const message = () => ({
    ...sampleOf('incident'),
    timestamp: '2026-01-17T10:00:00.123456',
    incident_id: 'incident-7',
    event_ids: ['e-1'],
  });

  it('that do not hold are warnings, as production reads them', () => {
    const result = contracts.check('incident', message());
    expect(result.valid).toBe(true);
    expect(result.warnings.map((warning) => warning.pointer).toSorted()).toEqual([
      '/event_ids/0',
      '/incident_id',
      '/timestamp',
    ]);
    expect(result.warnings.map(violationText)).toContain(
      '/timestamp: is "2026-01-17T10:00:00.123456"; expected a string in the format date-time',
    );
  });

  it('are violations with strictFormats', () => {
    const result = strict.check('incident', message());
    expect(result).toMatchObject({ valid: false, warnings: [], omitted: 0 });
    if (!result.valid) expect(result.violations).toHaveLength(3);
  });

  it('stay warnings beside real violations', () => {
    const result = contracts.check('incident', { ...message(), state: 'gone' });
    expect(result).toMatchObject({ valid: false, violations: [{ pointer: '/state' }] });
    expect(result.warnings).toHaveLength(3);
  });
});

describe('violations', () => {
  it('say what was found and what was expected', () => {
    expect(texts('event', { ...sampleOf('event'), severity: 'fatal' })).toEqual([
      '/severity: is "fatal"; expected one of "info", "warning", "error", "critical"',
    ]);
    expect(texts('event', { ...sampleOf('event'), version: 1 })).toEqual([
      '/version: is 1; expected "1.0"',
    ]);
    expect(texts('outcome', { ...sampleOf('outcome'), execution_time_ms: '7' })).toEqual([
      '/execution_time_ms: is a string; expected an integer of at least 0',
    ]);
    expect(texts('edge.command', command('MOVE', { direction: 'left', speed: 0.5 }))).toEqual([
      '/parameters/duration_ms: is missing; expected an integer of at least 0 of at most 30000',
    ]);
    expect(texts('decision', { ...sampleOf('decision'), 'a/b~c': 1 })[0]).toMatch(
      /^\/a~1b~0c: unknown key "a\/b~c"; expected only version, timestamp, source, /,
    );
    expect(texts('event', [])).toEqual(['message: is an array; expected an object']);
    expect(texts('nothing', {})[0]).toMatch(/^message: there is no contract "nothing"/);
  });

  it('are listed up to twenty, and the rest is counted', () => {
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, index]));
    const result = contracts.check('event', { ...sampleOf('event'), tags });
    expect(result.valid ? [] : [result.violations.length, result.omitted]).toEqual([20, 30]);
  });

  it('do not grow with the message', () => {
    const tags = Object.fromEntries(
      Array.from({ length: 200_000 }, (_, index) => [`k${index}`, index]),
    );
    const result = contracts.check('event', { ...sampleOf('event'), tags });
    expect(result.valid ? 0 : result.violations.length).toBe(1);
    const key = 'x'.repeat(1_000_000);
    const [violation] = texts('event', { ...sampleOf('event'), [key]: 1 });
    expect(violation?.length).toBeLessThan(1_000);
  });
});

describe('messages nobody would send', () => {
  const nested = (levels: number): string => `${'{"data":'.repeat(levels)}1${'}'.repeat(levels)}`;

  it('that are too deep are refused, and deep ones are judged', () => {
    const event = (depth: number) =>
      JSON.stringify(sampleOf('event')).replace('"data":{', `"data":{"in":${nested(depth)},`);
    expect(contracts.parse('event', event(900))).toMatchObject({ valid: true });
    expect(contracts.parse('event', event(1_100))).toMatchObject({
      violations: [{ pointer: '', message: 'is nested too deeply' }],
    });
    for (const text of ['['.repeat(3_000_000), nested(500_000)])
      expect(contracts.parse('event', text)).toMatchObject({ valid: false });
  });

  it('that go in a circle or hold too many values are refused', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    circle['again'] = circle;
    expect(contracts.check('event', circle)).toMatchObject({ valid: false });
    const wide = { ...sampleOf('event'), data: { list: new Array(1_000_001).fill(0) } };
    expect(contracts.check('event', wide)).toMatchObject({
      violations: [{ message: 'holds too many values' }],
    });
  });

  it('never make check or parse throw, and parse agrees with check', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...contracts.types, 'nothing', '__proto__'),
        fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true }),
        fc.jsonValue(),
        fc.string(),
        (type, thing, value, text) => {
          contracts.check(type, thing);
          contracts.parse(type, text);
          const parsed = contracts.parse(type, JSON.stringify(value));
          expect(parsed.valid).toBe(contracts.check(type, value).valid);
        },
      ),
    );
  });

  it('accept any sample with any string in its free places', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SAMPLES), fc.jsonValue({ maxDepth: 5 }), (sample, value) => {
        if (sample.type !== 'event') return;
        const message = { ...sample.message, data: { value } };
        expect(contracts.check('event', message).valid).toBe(true);
      }),
    );
  });
});

describe('parse', () => {
  it('gives the message with its verdict', () => {
    const message = sampleOf('event');
    expect(contracts.parse('event', JSON.stringify(message))).toEqual({
      valid: true,
      message,
      warnings: [],
    });
  });

  it.each([
    ['', 'is not JSON (it is empty)'],
    ['{"a": NaN}', 'is not JSON (invalid symbol at line 1, column 7)'],
    ['{"a": 1,}', 'is not JSON (property name expected at line 1, column 9)'],
    ['{\n // no\n}', 'is not JSON (invalid comment token at line 2, column 2)'],
    ['\u0007secret', 'is not JSON (invalid symbol at line 1, column 1)'],
  ])('says where %j is not JSON, without quoting it', (text, message) => {
    expect(contracts.parse('event', text)).toMatchObject({
      violations: [{ pointer: '', message, expected: 'a JSON document' }],
    });
  });

  it('refuses text beyond any message unread', () => {
    expect(contracts.parse('event', '['.repeat(16 * 2 ** 20 + 1))).toMatchObject({
      violations: [{ pointer: '', message: 'is too long' }],
    });
  });
});
