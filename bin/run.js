#!/usr/bin/env node
// The entry oclif expects; everything it needs to know stands in src/cli/main.ts.
import { setFlagsFromString } from 'node:v8';

// What loading alone makes the heap of a long-running bus grow to is never given back: 25 MB of 115.
// So this comes before anything is loaded; src/bus/bus-daemon.ts says more.
if (process.argv[2] === 'serve') {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=15');
}
const { main } = await import('../dist/cli/main.js');

await main({ argv: process.argv.slice(2), root: import.meta.url });
