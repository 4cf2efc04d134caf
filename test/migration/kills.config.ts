import { defineConfig } from 'vitest/config';

/** `npm run test:kills`: every point at which the tool can end, which takes the better part of an hour. */
export default defineConfig({
  test: {
    include: ['test/migration/every-kill.ts'],
    globalSetup: ['test/support/built.ts'],
    testTimeout: 4 * 60 * 60_000,
    maxWorkers: 1,
  },
});
