import { defineConfig } from 'vitest/config';

/** Random faults against a subscriber, for as long as they take: no part of `npm test`. */
export default defineConfig({
  test: { include: ['test/bus/subscriber-storm-long.ts'], testTimeout: 0 },
});
