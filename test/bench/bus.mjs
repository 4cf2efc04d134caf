/*
 * The bus under load: `npm run bench:bus [-- SECONDS]`, a minute when left out.
 *
 * A private Redis, the built `serve`, 1,000 events a second by HTTP, and five subscribers, each a group
 * of its own, in a second process. Prints what the daemon's memory was, how long a message took from
 * before its POST to the subscriber that had it, and whether any was lost or came twice. It judges
 * nothing: how fast a machine is, is no promise of this package.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const RATE = 1_000;
const SUBSCRIBERS = 5;
const CREDIT = 500;
const TICK_MS = 5;
const ACK_EVERY_MS = 20;
const SAMPLE_EVERY_MS = 250;
const LONGEST_TAIL_MS = 15_000;
const SELF = fileURLToPath(import.meta.url);

const now = () => performance.timeOrigin + performance.now();
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

if (process.argv[2] === '--subscribe') await subscribeAll(process.argv[3]);
else await bench(Number(process.argv[2] ?? 60), resolve(process.argv[3] ?? join(SELF, '../../..')));

async function bench(seconds, packageRoot) {
  if (!(seconds >= 1 && seconds <= 3_600)) throw new Error('seconds: a number from 1 to 3600');
  const directory = mkdtempSync(join(tmpdir(), 'orion-bench-'));
  const children = [];
  const start = (command, args, stdio) => {
    const child = spawn(command, args, { cwd: directory, stdio });
    children.push(child);
    return child;
  };
  try {
    const port = await freePort();
    const redis = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
    start('redis-server', [...redis, '--appendonly', 'yes', '--loglevel', 'warning'], 'ignore');
    const serve = start(
      process.execPath,
      [join(packageRoot, 'bin/run.js'), 'serve', '--redis-addr', `127.0.0.1:${port}`]
        .concat(['--http-port', '0', '--contracts-dir', join(packageRoot, 'contracts')])
        .concat(['--max-stream-len', '10000']),
      ['ignore', 'ignore', 'pipe'],
    );
    const { url } = await lineOf(serve.stderr, ({ message }) => message === 'listening');
    const idle = memoryOf(serve.pid);
    const subscriber = start(
      process.execPath,
      [SELF, '--subscribe', url],
      ['pipe', 'pipe', 'inherit'],
    );
    const said = createInterface({ input: subscriber.stdout })[Symbol.asyncIterator]();
    await said.next();

    const memory = [];
    const cpuBefore = cpuOf(serve.pid);
    const sampling = setInterval(() => memory.push(memoryOf(serve.pid)), SAMPLE_EVERY_MS);
    process.stderr.write(`${RATE} a second to ${SUBSCRIBERS} subscribers for ${seconds} s …\n`);
    const began = now();
    const { published, refused } = await publishAll(url, seconds);
    subscriber.stdin.write(`${published}\n`);
    const result = JSON.parse((await said.next()).value);
    clearInterval(sampling);
    const cpu = (cpuOf(serve.pid) - cpuBefore) / ((now() - began) / 1_000);
    serve.kill('SIGTERM');
    print({ seconds, published, refused, idle, memory, cpu, ...result });
  } finally {
    for (const child of children.reverse()) child.kill('SIGKILL');
    await pause(100);
    rmSync(directory, { recursive: true, force: true });
  }
}

function print({ seconds, published, refused, idle, memory, cpu, latencies, added, lost, twice }) {
  const mb = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const ms = (value) => `${value.toFixed(1)} ms`;
  const times = ({ p50, p95, p99, max }) =>
    `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, max ${ms(max)}`;
  const rows = [
    ['published', `${published} in ${seconds} s, ${refused} refused`],
    [
      'memory of serve',
      `max ${mb(Math.max(...memory))}, median ${mb(middle(memory))}, idle ${mb(idle)}`,
    ],
    ['CPU of serve', `${(cpu * 100).toFixed(0)} % of one core`],
    ['publish to handler', times(latencies)],
    ['  of it, to Redis', times(added)],
    ['lost', String(lost)],
    ['twice', String(twice)],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(20)}${value}\n`);
}

/** Open loop: what could not be sent in its tick is sent in the next, and its delay counts. */
async function publishAll(url, seconds) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  const { hostname, port } = new URL(url);
  const total = RATE * seconds;
  const began = now();
  let sent = 0;
  let answered = 0;
  let refused = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((now() - began) * RATE) / 1_000));
    for (; sent < due; sent += 1) {
      const body = event(sent);
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      };
      const path = '/messages/event';
      const request = http.request({ agent, hostname, port, path, method: 'POST', headers });
      request.on('response', (response) => {
        response.resume();
        answered += 1;
        if (response.statusCode !== 201) refused += 1;
      });
      request.on('error', () => {
        answered += 1;
        refused += 1;
      });
      request.end(body);
    }
    await pause(TICK_MS);
  }
  while (answered < total) await pause(TICK_MS);
  agent.destroy();
  return { published: total - refused, refused };
}

function event(n) {
  return JSON.stringify({
    version: '1.0',
    event_id: randomUUID(),
    timestamp: new Date().toISOString(),
    source: 'orion-bench',
    event_type: 'metric_threshold_exceeded',
    severity: 'info',
    data: { n, at: now(), note: 'x'.repeat(200) },
  });
}

/** The second process: says `ready`, is told how many there are, says what it has seen. */
async function subscribeAll(url) {
  const latencies = [];
  /** Of these, the time until Redis had the entry. */
  const added = [];
  const groups = Array.from({ length: SUBSCRIBERS }, (_, n) => ({
    name: `bench-${n}`,
    seen: new Map(),
  }));
  await Promise.all(groups.map((group) => subscribe(url, group, latencies, added)));
  process.stdout.write('ready\n');
  const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const published = Number((await input.next()).value);
  const until = now() + LONGEST_TAIL_MS;
  while (groups.some(({ seen }) => seen.size < published) && now() < until) await pause(20);
  await pause(10 * ACK_EVERY_MS);
  const repeats = groups.flatMap(({ seen }) => [...seen.values()]).filter((times) => times > 1);
  const result = {
    latencies: quantiles(latencies),
    added: quantiles(added),
    lost: groups.reduce((sum, { seen }) => sum + published - seen.size, 0),
    twice: repeats.length,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

function quantiles(values) {
  values.sort((a, b) => a - b);
  const at = (share) => values[Math.min(values.length - 1, Math.floor(values.length * share))];
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function subscribe(url, { name, seen }, latencies, added) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
  let done = [];
  setInterval(() => {
    for (; done.length > 0; done = done.slice(1_000))
      acknowledge(url, name, done.slice(0, 1_000), agent);
  }, ACK_EVERY_MS);
  const query = `group=${name}&consumer=bench&credit=${CREDIT}&start=tip`;
  return new Promise((ready, fail) => {
    const request = http.get(`${url}/messages/event?${query}`, { agent: false }, (response) => {
      if (response.statusCode !== 200) fail(new Error(`subscribe: ${response.statusCode}`));
      ready();
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        const blocks = (rest + part).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
          const found = /^id: (\S+)\nevent: message\ndata: (.*)$/.exec(block);
          if (found === null) continue;
          const { n, at } = JSON.parse(found[2]).data;
          latencies.push(now() - at);
          added.push(Number(found[1].split('-')[0]) - at);
          seen.set(n, (seen.get(n) ?? 0) + 1);
          done.push(found[1]);
        }
      });
    });
    request.on('error', fail);
  });
}

function acknowledge(url, group, ids, agent) {
  const body = JSON.stringify({ ids });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const request = http.request(`${url}/acks/event/${group}`, { agent, method: 'POST', headers });
  request.on('response', (response) => response.resume());
  request.on('error', () => undefined);
  request.end(body);
}

async function lineOf(stream, wanted) {
  for await (const line of createInterface({ input: stream })) {
    const said = JSON.parse(line);
    if (wanted(said)) {
      stream.resume();
      return said;
    }
  }
  throw new Error('serve ended before it listened');
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Linux only: what the kernel says. */
function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1_024;
}

function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function middle(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
