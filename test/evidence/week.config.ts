import { defineConfig } from 'vitest/config';

/** For the figures only: it is no part of `npm test`. */
export default defineConfig({ test: { include: ['test/evidence/week-bench.ts'], testTimeout: 0 } });
