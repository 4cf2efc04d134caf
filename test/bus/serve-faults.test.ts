import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import { builtPackage } from '../support/built.js';
import { type CuttingProxy, startProxy } from '../support/cutting-proxy.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { anEvent, listOf } from './bus-fixture.js';

/*
 * The daemon as an operator has it, two modules that consume over HTTP and a publisher, while one thing after
 * the other goes wrong. Nothing is lost; what comes twice was with the module that was killed. How each fault
 * alone is dealt with is held in `http-outage.test.ts`.
 */

const CONSUMER = fileURLToPath(new URL('../support/http-consumer.mjs', import.meta.url));
const STREAM = 'orion:events';
const CREDIT = 5;
/** The cut, the restart, the stop, the full memory, the lost group, the killed module. */
const FAULTS = 6;

interface Line {
  readonly level: string;
  readonly message: string;
  readonly url?: string;
}

/** The built daemon, reaching Redis through something that can be cut. */
async function startServe(proxy: CuttingProxy) {
  const directory = await builtPackage();
  const address = new URL(proxy.url).host;
  const args = ['serve', '--redis-addr', address, '--http-port', '0'];
  const child = execa(process.execPath, [`${directory}/bin/run.js`, ...args], { reject: false });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += String(chunk);
  });
  const lines = (): readonly Line[] =>
    log
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line); // each line of the log is one object
  const url = (): string => lines().find(({ message }) => message === 'listening')?.url ?? '';
  await until(() => url() !== '');
  return {
    url: url(),
    lines,
    /** CPU time used so far, in seconds. */
    async cpu(): Promise<number> {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    async stop(): Promise<number | undefined> {
      child.kill('SIGTERM');
      return (await child).exitCode;
    },
  };
}

interface Module {
  readonly got: () => readonly string[];
  readonly done: () => readonly string[];
  readonly settled: () => readonly string[];
  kill(): Promise<void>;
}

function startModule(url: string, consumer: string): Module {
  const query = `group=memory&consumer=${consumer}&credit=${CREDIT}&start=beginning`;
  const child = execa(process.execPath, [CONSUMER, `${url}/messages/event?${query}`], {
    reject: false,
    stderr: 'inherit',
  });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += String(chunk);
  });
  const said = (deed: string): readonly string[] =>
    printed
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith(`${deed} `))
      .map((line) => line.slice(deed.length + 1));
  return {
    got: () => said('got'),
    done: () => said('done'),
    settled: () => said('settled'),
    async kill() {
      child.kill('SIGKILL');
      await child;
    },
  };
}

test('a daemon through every fault: nothing lost, twice only what was in hand at a fault, no spin, no flood', async () => {
  const redis: TestRedis = await startRedis();
  const proxy = await startProxy(redis);
  const serve = await startServe(proxy);
  const modules = [startModule(serve.url, 'a'), startModule(serve.url, 'b')];
  const published: string[] = [];
  const refused: number[] = [];
  const publishing = new AbortController();
  const body = JSON.stringify(anEvent());

  async function publishOne(): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${serve.url}/messages/event`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (answer.status === 201) published.push(String(JSON.parse(text).id));
    else {
      refused.push(answer.status);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  }
  const publisher = (async () => {
    while (!publishing.signal.aborted) {
      await publishOne();
      await systemClock.sleep(10);
    }
  })();
  const done = (): readonly string[] => modules.flatMap((module) => module.done());
  /** Waits until what is published after this has been handled. */
  async function flows(): Promise<void> {
    const from = published.length;
    await until(() => published.length > from + 10);
    const id = published.at(-1) ?? '';
    await until(() => done().includes(id));
  }
  const began = systemClock.now();

  try {
    await flows();
    proxy.cut();
    await flows();
    await redis.restart();
    await flows();

    redis.pause();
    const before = { cpu: await serve.cpu(), lines: serve.lines().length };
    await systemClock.sleep(5_000);
    // Of five seconds without Redis it works through a tenth at most, and says so in a few lines.
    expect((await serve.cpu()) - before.cpu).toBeLessThan(0.5);
    expect(serve.lines().length - before.lines).toBeLessThan(10);
    redis.resume();
    await flows();

    const handled = done().length;
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '1');
    const taken = published.length;
    await until(
      () => refused.filter((status) => status === 503).length > 10 && done().length >= taken,
    );
    expect(done().length).toBeGreaterThanOrEqual(handled);
    expect((await fetch(`${serve.url}/health`)).status).toBe(503);
    await redis.link.command('CONFIG', 'SET', 'maxmemory', '0');
    await flows();

    await redis.link.command('XGROUP', 'DESTROY', STREAM, 'memory');
    await flows();

    // Killed with messages in its hands, and begun again by its supervisor.
    const [, killed] = modules;
    await until(() => (killed?.got().length ?? 0) > (killed?.settled().length ?? 0));
    await killed?.kill();
    modules.push(startModule(serve.url, 'b'));
    await flows();

    publishing.abort();
    await publisher;
    await until(() => published.every((id) => done().includes(id)));
    // What is deleted on purpose is gone; what comes after it is not.
    await redis.link.command('DEL', STREAM);
    for (let n = 0; n < 10; n += 1) await publishOne();
    await until(() => published.every((id) => done().includes(id)));

    const [pending] = listOf(await redis.link.command('XPENDING', STREAM, 'memory'));
    expect(pending).toBe(0);
    expect(refused.every((status) => status === 503)).toBe(true);
    const got = modules.flatMap((module) => module.got());
    const twice = [...new Set(got.filter((id, at) => got.indexOf(id) !== at))];
    // Delivered again is what was in hand at a fault, and the daemon has counted it.
    const metrics = await (await fetch(`${serve.url}/metrics`)).text();
    const counted = metrics.matchAll(/^orion_bus_redelivered_total\{.*\} (\d+)$/gm);
    const redelivered = [...counted].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(twice.length).toBeLessThanOrEqual(redelivered);
    expect(redelivered).toBeLessThanOrEqual(FAULTS * modules.length * CREDIT);
    // Some lines for each fault, and none for each message or attempt.
    expect(serve.lines().length).toBeLessThan(80);
    expect(await serve.cpu()).toBeLessThan((systemClock.now() - began) / 2_000);
    expect(await serve.stop()).toBe(0);
  } finally {
    publishing.abort();
    redis.resume();
    await Promise.all(modules.map((module) => module.kill()));
    await serve.stop();
    await proxy.close();
    await redis.stop();
  }
});
