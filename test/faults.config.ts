import { defineConfig } from 'vitest/config';
import { everyday } from '../vitest.config.js';

/** `npm run test:faults`: what takes real processes, signals, outages and kills, and its time. */
export default defineConfig({
  test: { ...everyday, include: ['test/**/*.faults.ts'], testTimeout: 180_000 },
});
