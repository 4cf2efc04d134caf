/*
 * A million pending entries: `npm run bench:pending [-- ENTRIES]`.
 *
 * A private Redis with one group that holds them all, filled by one script; then the built tool lists
 * them, claims them for a consumer with an interruption in the middle, and claims them again. Prints
 * how long each took and the most memory it had. It judges nothing: how fast a machine is, is no
 * promise of this package.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOL = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const SAMPLE_EVERY_MS = 20;
const FILL = `
for i = 1, tonumber(ARGV[1]) do redis.call('XADD', KEYS[1], i .. '-0', 'data', '{"n":' .. i .. '}') end
redis.call('XGROUP', 'CREATE', KEYS[1], 'g', '0')
redis.call('XREADGROUP', 'GROUP', 'g', 'dead', 'COUNT', ARGV[1], 'STREAMS', KEYS[1], '>')
return redis.call('XPENDING', KEYS[1], 'g')[1]`;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const entries = Number(process.argv[2] ?? 1_000_000);
if (!(Number.isInteger(entries) && entries > 0)) throw new Error('entries: a whole number above 0');

const directory = mkdtempSync(join(tmpdir(), 'orion-bench-'));
const socket = join(directory, 'redis.sock');
const redis = spawn(
  'redis-server',
  ['--port', '0', '--unixsocket', socket, '--dir', directory, '--save', ''],
  { stdio: 'ignore' },
);
try {
  const config = join(directory, 'orion-bus.yaml');
  writeFileSync(
    config,
    `redis: { url: "unix://${socket}" }\nstateDir: ${directory}/state\nmodules: {}\n`,
  );
  const filled = Date.now();
  const pending = await ask(['EVAL', FILL, '1', 'orion:events', String(entries)]);
  row('filled', `${pending} entries`, Date.now() - filled);

  const quick = ['--min-idle', '1ms', '--yes', '--json'];
  const list = ['pending', '--limit', String(entries), '--json'];
  await measured('pending, all of them', [...list, '--config', config]);
  await measured('pending, counted', [
    'pending',
    '--min-idle',
    '1ms',
    '--limit',
    '0',
    '--config',
    config,
  ]);
  const claim = ['claim', 'group:g', '--to', 'alive', '--config', config, ...quick];
  await measured('claim, interrupted', claim, { endAtProgress: true });
  await measured('claim, run again', claim);
  await measured('claim, a third time', claim);
} finally {
  redis.kill('SIGKILL');
  await pause(100);
  rmSync(directory, { recursive: true, force: true });
}

/** Runs the tool once and prints how long it took, the most memory it had and what it said of itself. */
async function measured(name, args, { endAtProgress = false } = {}) {
  const began = Date.now();
  const child = spawn(process.execPath, [TOOL, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [head, tail, bytes, said, most] = ['', '', 0, '', 0];
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length;
    if (head.length < 2_000) head += chunk;
    tail = (tail + chunk).slice(-2_000);
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const sampling = setInterval(() => {
    most = Math.max(most, memoryOf(child.pid));
    if (endAtProgress && /claiming: \d/.test(said)) child.kill('SIGINT');
  }, SAMPLE_EVERY_MS);
  const code = await new Promise((done) => child.once('close', done));
  clearInterval(sampling);
  const progress = said
    .split('\n')
    .filter((line) => / left$/.test(line))
    .at(-1);
  const counts = /"claimed": \d+/.exec(tail + head)?.[0] ?? /"total": \d+/.exec(tail)?.[0] ?? '';
  row(name, `${(most / 2 ** 20).toFixed(1)} MB, exit ${code}`, Date.now() - began);
  const details = [counts, `${(bytes / 2 ** 20).toFixed(1)} MB printed`, progress];
  process.stdout.write(`  ${details.filter(Boolean).join('; ')}\n`);
}

function row(name, value, ms) {
  process.stdout.write(`${name.padEnd(24)}${value.padEnd(24)}${(ms / 1_000).toFixed(1)} s\n`);
}

/** Resident memory in bytes, 0 once the process is gone. */
function memoryOf(pid) {
  try {
    return (
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024
    );
  } catch {
    return 0;
  }
}

/** One command by the plain protocol: the client of the package gives up long before the script ends. */
async function ask(words) {
  for (;;) {
    try {
      return await new Promise((done, fail) => {
        const connection = createConnection(socket);
        connection.once('error', fail);
        connection.once('data', (chunk) => {
          connection.destroy();
          done(String(chunk).trim().slice(1));
        });
        const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
        connection.write(`*${words.length}\r\n${parts.join('')}`);
      });
    } catch {
      await pause(20);
    }
  }
}
