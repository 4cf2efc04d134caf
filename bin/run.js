#!/usr/bin/env node
// The entry oclif expects; everything it needs to know stands in src/cli/main.ts.
import { main } from '../dist/cli/main.js';

await main({ argv: process.argv.slice(2), root: import.meta.url });
