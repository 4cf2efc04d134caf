import { expect, it } from 'vitest';
import { lastLine } from '../../src/services/foreign-text.js';
import { parseTimeSpan } from '../../src/services/time-span.js';
import { unitName } from '../../src/services/unit-name.js';

it.each([
  ['1min 30s', 90_000],
  ['0', 0],
  ['500ms', 500],
  ['1.500s', 1_500],
  ['1h 2min 3s 4ms', 3_723_004],
  ['1w 2d', 777_600_000],
  ['250us', 0.25],
  ['infinity', null],
  ['', null],
  ['5', null],
  ['5 parsecs', null],
])('reads the span of time %j', (text, ms) => {
  expect(parseTimeSpan(text)).toBe(ms);
});

it.each([
  ['one\ntwo\n\n', 'two'],
  ['\u001b[31mred\u001b[0m\r\n  \n', 'red'],
  ['a\u0007b\u202ec', 'abc'],
  ['\n \n', null],
])('takes the last line of %j', (text, line) => {
  expect(lastLine(text)).toBe(line);
});

it.each([
  ['orion-memory', 'orion-memory.service'],
  ['orion-memory.service', 'orion-memory.service'],
  ['orion.v2', 'orion.v2.service'],
  ['worker@1', 'worker@1.service'],
])('takes %j for the unit %j', (service, unit) => {
  expect(unitName(service)).toBe(unit);
});
