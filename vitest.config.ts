import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The built tool is needed by many files: built once, before the workers start.
    globalSetup: ['test/support/built.ts'],
    include: ['test/**/*.test.ts'],
    // Real servers and processes start in many tests; a slow machine is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 4,
    // Many tests run real processes against each other's clocks; on a shared machine one may be starved.
    retry: 1,
  },
});
