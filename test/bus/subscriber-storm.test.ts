import { test } from 'vitest';
import { weather } from './subscriber-storm.js';

test('in a storm of faults everything is handled, twice only what was in flight', () =>
  weather(30, { messages: 250, faults: 6 }));
