import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import {
  type RehearsalEvent,
  type RehearsalOptions,
  type RehearsalResult,
  rehearse,
} from '../../src/rehearsal/index.js';
import { builtPackage } from '../support/built.js';

export const MODULES = ['memory', 'guardian', 'brain', 'commander', 'approval'];

/** A target bus that starts quickly and has nothing but a health endpoint. */
export const GO = {
  targetBus: [fileURLToPath(new URL('../support/go-bus.mjs', import.meta.url)), '{port}'],
};

export interface RehearsalRoom {
  /** Where the throw-away hosts of this test stand. */
  readonly temporary: string;
  rehearsed(
    options: Pick<RehearsalOptions, 'openDrill'> & Partial<RehearsalOptions>,
  ): Promise<{ readonly result: RehearsalResult; readonly events: readonly RehearsalEvent[] }>;
}

/** Rehearsals without soaks, each test's in a directory of its own. */
export function rehearsalRoom(): RehearsalRoom {
  let temporary = '';
  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'orion-test-'));
  });
  afterEach(() => rm(temporary, { recursive: true, force: true }));
  return {
    get temporary() {
      return temporary;
    },
    async rehearsed(options) {
      const events: RehearsalEvent[] = [];
      const all: RehearsalOptions = {
        ...{ packageRoot: await builtPackage(), temporary, path: process.env['PATH'] ?? '' },
        ...{ clock: systemClock, signal: new AbortController().signal, rate: 200, seed: 'test' },
        ...{ keep: false, soak: '0s' },
        ...options,
      };
      const result = await rehearse(all, (event) => events.push(event));
      return { result, events };
    },
  };
}
