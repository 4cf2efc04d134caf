import type { ModulePlan, Plan, SettingPlan } from '../facts/index.js';
import type { JsonObject } from '../problems/index.js';
import { contextValues } from './context-values.js';

const SETTING: SettingPlan = {
  file: '/etc/example/memory.env',
  format: 'env',
  key: 'GROUP',
  source: 'memory',
  target: 'memory-go',
  type: 'event',
};

const MODULE: ModulePlan = {
  name: 'memory',
  risk: 'low',
  service: 'example-memory',
  log: '/var/log/example-memory.log',
  settings: [SETTING],
  tests: { command: ['true'], cwd: '/', env: {} },
  subscribes: ['event'],
  groups: { source: 'memory', target: 'memory-go', byType: {} },
};

const PLAN: Plan = {
  streams: { prefix: 'example', maxLength: 10_000 },
  contracts: '/example/contracts',
  stateDir: '/example/state',
  source: {
    name: 'python',
    service: 'example-source',
    resumesPending: false,
    log: '/var/log/example-source.log',
    url: 'http://127.0.0.1:8081',
  },
  target: {
    name: 'go',
    service: 'example-target',
    resumesPending: false,
    log: '/var/log/example-target.log',
    url: 'http://127.0.0.1:8080',
    ...{ unit: null, build: null, tests: null },
  },
  modules: [MODULE],
  publishers: [
    { name: 'brain', service: 'example-brain', settings: [SETTING], publishesAs: 'brain' },
  ],
  archive: null,
  thresholds: {
    lag: { target: 100, alert: 1_000, sustainedMs: 300_000 },
    memory: { targetBytes: 104_857_600, alertBytes: 157_286_400, sustainedMs: 300_000 },
    contractErrors: 0.01,
    errorIncrease: 0.5,
    health: { target: 1, alert: 0.99 },
    latencyP95Ms: 10,
  },
  soak: { phase1Ms: 604_800_000, moduleMs: 86_400_000, burnInMs: 604_800_000 },
  handoff: {
    probe: true,
    expectedPauseMs: 5_000,
    readBlockMs: 1_000,
    batch: 10,
    flowWaitMs: 30_000,
  },
  logs: { error: '', critical: '' },
  redis: { log: null },
  watch: { everyMs: 10_000, keepMs: 0, graceMs: 0, metrics: null },
};

/**
 * Every path that a template may name, each with an example of what stands there. Made by the function
 * that makes the real values, so that a check and a run cannot know different paths.
 */
export const CONTEXT_SHAPE: JsonObject = contextValues(PLAN, {
  run: { id: '0', now: '2026-01-01T00:00:00.000Z' },
  module: MODULE,
  streams: [{ type: 'event', stream: 'example:event', source: 'memory', target: 'memory-go' }],
  publisher: { name: 'brain', service: 'example-brain', settings: [SETTING], publishesAs: 'brain' },
  giving: 'source',
  redisUrl: 'redis://127.0.0.1:6379',
});
