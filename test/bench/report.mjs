/*
 * `status` and `report` over a week: `npm run bench:report [-- FILE]` builds the tool, writes a week of
 * samples every 10 s with 15 groups, the journal of a migration and a private Redis, and prints how
 * long each command took and how much memory it had. FILE keeps the HTML report. It judges nothing:
 * how fast a machine is, is no promise of this package.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SampleLog, writeBaseline } from '../../dist/evidence/index.js';
import { Journal } from '../../dist/journal/index.js';

const CLI = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const DAY = 86_400_000;
const EVERY = 10_000;
const MB = 2 ** 20;
const MODULES = ['memory', 'guardian', 'brain', 'commander', 'approval'];
const STREAMS = ['event', 'incident', 'decision'];
const NOW = Math.floor(Date.now() / EVERY) * EVERY;
const START = NOW - 7 * DAY;
/** When each module has moved, and when the burn-in began, in days of the week. */
const MOVED = [1, 2, 3, 4, 5];
const BURN_IN = 6;

const directory = mkdtempSync(join(tmpdir(), 'orion-week-'));
const redis = spawn(
  'redis-server',
  ['--port', '0', '--unixsocket', join(directory, 'redis.sock')],
  {
    cwd: directory,
    stdio: 'ignore',
  },
);
try {
  await waitForRedis();
  for (const story of ['phase-1', 'burn-in']) {
    const config = await host(story);
    await measured(`status, ${story}`, ['status', '--config', config]);
    await measured(`report, ${story}`, ['report', '--config', config]);
    const page = join(directory, `${story}.html`);
    const html = ['report', '--format', 'html', '--output', page, '--config', config];
    await measured(`report --format html, ${story}`, html);
    if (process.argv[2] !== undefined && story === 'burn-in') {
      copyFileSync(page, resolve(process.argv[2]));
    }
  }
} finally {
  const ended = new Promise((done) => redis.on('close', done));
  redis.kill();
  await ended;
  rmSync(directory, { recursive: true, force: true });
}

/** A host with a story of its own: settings, configuration, samples, journal. @returns the config */
async function host(story) {
  const stateDir = join(directory, story);
  mkdirSync(stateDir);
  const isMoved = story === 'burn-in';
  const modules = MODULES.map((name) => {
    const file = join(stateDir, `${name}.env`);
    writeFileSync(file, `ORION_BUS_GROUP=orion-${name}-group${isMoved ? '-go' : ''}\n`);
    return `  ${name}: { risk: low, service: orion-${name}, log: null, settings: { file: ${file}, format: env, key: ORION_BUS_GROUP } }`;
  });
  const config = join(stateDir, 'orion-bus.yaml');
  writeFileSync(
    config,
    [
      `redis: { url: "unix://${join(directory, 'redis.sock')}" }`,
      `stateDir: ${stateDir}`,
      `streams: { prefix: ${story} }`,
      'services: { driver: command, start: ["true"], stop: ["true"], status: ["true"] }',
      'modules:',
      ...modules,
      '',
    ].join('\n'),
  );
  const log = new SampleLog(stateDir);
  for (let n = 0; n <= (7 * DAY) / EVERY; n += 1) await log.append(sample(n, story));
  await writeBaseline(stateDir, baseline());
  await journal(stateDir, isMoved);
  return config;
}

function sample(n, story) {
  const atMs = START + n * EVERY;
  const day = (atMs - START) / DAY;
  const moved = (index) => story === 'burn-in' && day >= MOVED[index];
  const bus = { healthMs: 2 + wobble(n, 4), refused: 0, contractLogErrors: 0 };
  return {
    atMs,
    clock: 'redis',
    sinceMs: n === 0 ? null : EVERY,
    target: {
      ...{ ...bus, service: 'active', healthy: true, pid: 4_711 },
      rssBytes: Math.round((42 + 6 * Math.sin(day * 3) + wobble(n, 5)) * MB),
    },
    source: {
      ...{ ...bus, service: day < BURN_IN ? 'active' : 'inactive', healthy: null },
      ...{ healthMs: null, pid: null, rssBytes: null, refused: null, contractLogErrors: null },
    },
    streams: STREAMS.map((type, index) => ({
      stream: `${story}:${type}s`,
      length: 10_000 + wobble(n + index, 100),
      entriesAdded: 660 * n,
      checked: 660,
      ...{ unchecked: 0, violations: 0 },
      bySource: { 'orion-guardian': 330, 'orion-brain': 330 },
      publishP95Ms: 3 + wobble(n + index, 5),
    })),
    groups: MODULES.flatMap((module, index) =>
      STREAMS.map((type, at) => {
        const side = moved(index) ? 'target' : 'source';
        const spike = moved(index) && Math.abs(day - MOVED[index]) < 0.01 ? 60 : 0;
        const lag =
          wobble(n + index + at, 4) + spike + Math.round(8 * (1 + Math.sin(day * 6 + at)));
        return {
          stream: `${story}:${type}s`,
          group: `orion-${module}-group${side === 'target' ? '-go' : ''}`,
          ...{ module, side, cursor: `${atMs - 40}-0`, lag, lagAtLeast: lag },
          ...{ pending: wobble(n + at, 12), parked: 0, entriesRead: 660 * n, consumers: 1 },
          ...{ oldestPendingMs: 40, oldestUndeliveredMs: 20, handlingMs: 4 + wobble(n + at, 4) },
          ...{ headroomEntries: 9_980, lost: 0 },
        };
      }),
    ),
    modules: MODULES.map((module, index) => ({
      ...{ module, service: 'active', pid: 100 + index },
      settings: moved(index) ? 'target' : 'source',
      ...{ errors: wobble(n + index, 90) === 0 ? 1 : 0, critical: 0 },
    })),
    redisLogErrors: 0,
    validation: n > 0 && n % 8_640 === 0 ? { exitCode: 0, failed: [] } : null,
  };
}

function baseline() {
  const each = (names, value) => Object.fromEntries(names.map((name) => [name, value]));
  return {
    ...{ v: 1, capturedAt: new Date(START).toISOString(), durationMs: 3_600_000, samples: 360 },
    ...{ memoryBytes: 148 * MB, publishP95Ms: 48, subscribeP95Ms: 52, lag: [] },
    errorsPerMinute: each(MODULES, 0.07),
    messagesPerMinute: each(
      STREAMS.map((type) => `burn-in:${type}s`),
      3_960,
    ),
    bySourcePerMinute: { 'orion-guardian': 5_940, 'orion-brain': 5_940 },
    handledPerMinute: each(MODULES, 11_880),
  };
}

async function journal(stateDir, isMoved) {
  const open = await Journal.open(stateDir, { clock: { now: () => START, sleep: async () => {} } });
  let number = 0;
  const run = async (verb, module, endMs, outcome = {}, more = []) => {
    number += 1;
    const id = `run-${number}`;
    const write = (type, data, atMs, step) =>
      open.append({ type, run: id, data, redisAt: atMs, ...(step ? { step } : {}) });
    await write('run.started', { verb, module }, endMs - 60_000);
    if (module !== null) {
      await write('step.intended', {}, endMs - 5_000, 'stop');
      await write('step.done', { announced: wobble(number, 9) }, endMs - 4_000, 'turn');
      await write('step.done', {}, endMs - 2_600, 'start');
      await write('step.done', { lost: 0, streams: [] }, endMs - 1_000, 'loss-audit');
    }
    for (const [type, data, atMs] of more) await write(type, data, atMs);
    await write('step.done', { sinceMs: endMs }, endMs, 'begin-soak');
    await write('run.finished', { outcome: 'done', undo: 'none', ...outcome }, endMs);
  };
  await run('phase1-start', null, START);
  if (isMoved) {
    const passed = {
      gate: 'phase1',
      reason: 'a <short> week & a test',
      verdict: 'fail',
      evidence: {},
    };
    for (const [index, module] of MODULES.entries()) {
      const endMs = START + MOVED[index] * DAY;
      const more = index === 0 ? [['gate.overridden', passed, endMs - 50_000]] : [];
      await run('migrate', module, endMs, {}, more);
    }
    const halt = { reason: 'memory has been above the alert for too long', by: 'watch@host' };
    await open.append({ type: 'halt.raised', run: 'w', data: halt, redisAt: START + 2.5 * DAY });
    await open.append({ type: 'halt.cleared', run: 'w', data: halt, redisAt: START + 2.6 * DAY });
    await run('phase3-cutover', null, START + BURN_IN * DAY);
  }
  await open.close();
}

/** Runs the command and prints its time and the most memory it had. */
async function measured(name, args) {
  const began = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [most, bytes] = [0, 0];
  child.stdout.on('data', (piece) => {
    bytes += piece.length;
    if (process.env.SHOW !== undefined) process.stdout.write(piece);
  });
  const look = setInterval(() => {
    try {
      const [, kb = '0'] =
        /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      most = Math.max(most, Number(kb) / 1_024);
    } catch {
      // It has ended.
    }
  }, 20);
  const code = await new Promise((done) => child.on('close', done));
  clearInterval(look);
  const seconds = ((performance.now() - began) / 1_000).toFixed(2);
  process.stdout.write(
    `${name}: ${seconds} s, ${most.toFixed(0)} MB, exit ${code}, ${bytes} bytes\n`,
  );
}

async function waitForRedis() {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      readFileSync(join(directory, 'redis.sock'));
    } catch (error) {
      if (error.code === 'ENXIO') return;
    }
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error('redis-server did not start');
}

/** A number below `most` that looks like chance and is the same every time. */
function wobble(n, most) {
  return ((n * 2_654_435_761) >>> 7) % most;
}
