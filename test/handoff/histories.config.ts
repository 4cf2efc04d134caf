import { defineConfig } from 'vitest/config';

/** For the long run only: it is no part of `npm test`, and takes as long as it takes. */
export default defineConfig({
  test: { include: ['test/handoff/histories-long.ts'], testTimeout: 0 },
});
