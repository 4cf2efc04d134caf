import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/config/nearest.js';

describe('the nearest name', () => {
  it.each<[name: string, expected: string | null]>([
    ['servce', 'service'],
    ['serivce', 'service'],
    ['max_length', 'maxLength'],
    ['PASSWORD-FILE', 'passwordFile'],
    ['lgo', 'log'],
    ['lo', 'log'],
    ['key', null],
    ['colour', null],
    ['', null],
    ['s'.repeat(10_000), null],
  ])('%s', (name, expected) => {
    expect(nearest(name, ['log', 'service', 'maxLength', 'passwordFile'])).toBe(expected);
  });
});
