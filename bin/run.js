#!/usr/bin/env node
// The entry oclif expects; everything it needs to know stands in src/cli/main.ts.
import { setFlagsFromString } from 'node:v8';

// Otherwise React works as for those who develop with it: slower, and keeping a record of every drawing.
if (process.argv[2] === 'lag') process.env.NODE_ENV = 'production';
// What loading alone makes the heap grow to is never given back: 25 MB of 115. So this comes before
// anything is loaded, for the commands that run long or go through a million entries;
// src/bus/bus-daemon.ts says more.
if (['serve', 'pending', 'claim', 'ack'].includes(process.argv[2])) {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=15');
}
// A week of samples is garbage a moment after it was read: 160 MB of it, unless it is taken away as early.
if (['status', 'report'].includes(process.argv[2])) {
  setFlagsFromString('--semi-space-growth-factor=1');
}
const { main } = await import('../dist/cli/main.js');

await main({ argv: process.argv.slice(2), root: import.meta.url });
