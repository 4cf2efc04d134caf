import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** How tests run; the longer suites take it over. */
export const everyday = {
  // The built tool is needed by many files: built once, before the workers start.
  globalSetup: ['test/support/built.ts'],
  include: ['test/**/*.test.ts'],
  // Real servers and processes start in many tests; a slow machine is no failure.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  maxWorkers: 4,
  // No test changes a module or the process it runs in, and loading everything anew for each file
  // would be a quarter of all the work.
  isolate: false,
  // Many tests run real processes against each other's clocks; on a shared machine one may be starved.
  retry: 1,
} satisfies ViteUserConfig['test'];

export default defineConfig({ test: everyday });
