import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtPackage } from '../support/built.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let server: TestRedis;
let directory = '';

beforeAll(async () => {
  server = await startRedis();
  directory = await mkdtemp(join(tmpdir(), 'orion-watch-'));
  const always = ['true'];
  const config = {
    redis: { url: server.url, log: null },
    stateDir: join(directory, 'state'),
    services: { driver: 'command', start: always, stop: always, status: always },
    source: { service: null },
    target: { url: null, log: null },
    watch: { every: '200ms', metrics: 'off' },
  };
  await writeFile(join(directory, 'config.json'), JSON.stringify(config));
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

it('watches until it is told to end, and stores every sample', async () => {
  const built = await builtPackage();
  const args = [join(built, 'bin/run.js'), 'watch', '--json', '--config'];
  const child = execa(process.execPath, [...args, join(directory, 'config.json')], {
    reject: false,
  });
  let sampled = 0;
  for await (const line of child.iterable({ from: 'stderr' })) {
    const event: unknown = JSON.parse(String(line));
    expect(event).toMatchObject({ type: 'sampled', clock: 'redis', holding: [] });
    sampled += 1;
    if (sampled === 3) child.kill('SIGTERM');
  }
  const { exitCode, stdout } = await child;
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    v: 1,
    ok: true,
    redis: true,
    next: [expect.any(String)],
  });
  const samples = join(directory, 'state/samples');
  const [file = ''] = await readdir(samples);
  const lines = (await readFile(join(samples, file), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(sampled);
  expect((await readdir(join(directory, 'state'))).sort()).toEqual(['samples', 'watch.json']);
});
