import { test } from 'vitest';
import { weather } from './subscriber-storm.js';

test.each([5, 7, 9, 22, 30, 35])(
  'seed %i: everything is handled, twice only what was in flight',
  (seed) => weather(seed, { messages: 600, faults: 10 }),
);
