/*
 * What the live view of `lag` takes of one core: 50 groups with traffic, a look a second, drawn in a
 * terminal of 80 columns and one of 200. Needs `npm run build`, redis-server and `script`.
 * The bound is 5 %; a machine that is busy otherwise shows more than one that is not.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const STREAMS = ['events', 'incidents', 'decisions', 'actions', 'outcomes'];
const GROUPS = 10;
const SETTLES_MS = 8_000;
const MEASURED_MS = 20_000;
/** /proc counts in hundredths of a second (proc(5), USER_HZ). */
const TICK_MS = 10;

const directory = await mkdtemp(join(tmpdir(), 'orion-lag-bench-'));
const socket = join(directory, 'redis.sock');
const server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', ''], {
  cwd: directory,
  stdio: 'ignore',
});
const redis = new Redis({ path: socket, protocol: 2, maxRetriesPerRequest: null });
redis.on('error', () => undefined);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
try {
  await traffic();
  const config = join(directory, 'orion-bus.yaml');
  const stateDir = join(directory, 'state');
  await writeFile(config, JSON.stringify({ redis: { url: `unix://${socket}` }, stateDir }));
  for (const [columns, rows] of [
    [80, 24],
    [200, 50],
  ]) {
    const percent = await share(config, columns, rows);
    process.stdout.write(`${columns}x${rows}: ${percent.toFixed(1)} % of one core\n`);
  }
} finally {
  redis.disconnect();
  server.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
}

/** Every group reads what is added, a hundred messages a second in all, and acknowledges most of it. */
async function traffic() {
  for (const stream of STREAMS) {
    for (let at = 0; at < GROUPS; at += 1) {
      await redis.xgroup('CREATE', `orion:${stream}`, `group-${at}`, '0', 'MKSTREAM');
    }
  }
  // What is under way when the server goes is of no interest any more.
  setInterval(() => void flow().catch(() => undefined), 200).unref();
}

async function flow() {
  for (const stream of STREAMS) {
    const key = `orion:${stream}`;
    for (let i = 0; i < 4; i += 1) await redis.xadd(key, '*', 'data', '{"version":"1.0"}');
    for (let at = 0; at < GROUPS; at += 1) {
      const read = ['GROUP', `group-${at}`, 'one', 'COUNT', 10, 'STREAMS', key, '>'];
      const [[, entries]] = (await redis.call('XREADGROUP', ...read)) ?? [[key, []]];
      const ids = entries.map(([id]) => id).slice(at % 3 === 0 ? 1 : 0);
      if (ids.length > 0) await redis.xack(key, `group-${at}`, ...ids);
    }
  }
}

async function share(config, columns, rows) {
  const pidFile = join(directory, 'pid');
  const run = `echo $$ > ${pidFile}; exec ${process.execPath} ${RUN} lag --config ${config}`;
  const line = `stty cols ${columns} rows ${rows}; ${run}`;
  const env = { PATH: process.env.PATH, HOME: directory, TERM: 'xterm' };
  const view = spawn('script', ['-qec', line, '/dev/null'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  view.stdout.resume();
  await wait(SETTLES_MS);
  const pid = Number(await readFile(pidFile, 'utf8'));
  const before = await spentMs(pid);
  await wait(MEASURED_MS);
  const spent = (await spentMs(pid)) - before;
  view.stdin.write('q');
  await new Promise((resolve) => view.once('close', resolve));
  return (100 * spent) / MEASURED_MS;
}

async function spentMs(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
