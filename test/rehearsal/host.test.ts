import { existsSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../src/config/index.js';
import { systemClock } from '../../src/problems/index.js';
import type { Host } from '../../src/rehearsal/index.js';
import { builtPackage } from '../support/built.js';
import { byHand, pointAt } from '../support/by-hand.js';
import { type OrionHost, type OrionHostOptions, startOrionHost } from '../support/orion-host.js';

let orion: OrionHost | null = null;
afterEach(async () => {
  await orion?.end();
  orion = null;
});

async function opened(options: OrionHostOptions = {}): Promise<OrionHost> {
  orion = await startOrionHost(options);
  return orion;
}

const NOTHING = new Map<string, number>();

it('carries traffic on every stream, and its audit is clean when nobody touches it', async () => {
  const { host, startAll } = await opened();
  await startAll();
  while ([...host.handledSoFar().values()].some((count) => count < 20)) {
    await systemClock.sleep(100);
  }
  await host.stopTraffic();
  expect(await host.drain()).toBe(true);
  const audits = await host.audit(NOTHING);
  expect(audits.map(({ module }) => module)).toEqual(host.modules.map(({ name }) => name));
  for (const audited of audits) {
    expect(audited).toMatchObject({ lost: 0, twice: 0, repeated: 0, owed: 0 });
    expect(audited.handled).toBe(audited.published);
  }
  expect([...(await host.published()).values()].every((ids) => ids.size > 200)).toBe(true);
});

it('shows the history again when a group is given a new name by hand', async () => {
  const { host } = await opened({ history: 300 });
  await host.startModules();
  await host.units.stop('orion-guardian');
  await pointAt('target', host.paths, 'guardian');
  await host.units.start('orion-guardian');
  while ((host.handledSoFar().get('guardian') ?? 0) < 300) await systemClock.sleep(50);
  await host.drain();
  const guardian = (await host.audit(NOTHING)).find(({ module }) => module === 'guardian');
  expect(guardian).toMatchObject({ twice: 300, lost: 0 });
});

it('counts as lost what came while a module was down and its new group was made at the tip', async () => {
  const { host, startAll } = await opened();
  await startAll();
  const config = await configOf(host);
  await host.units.stop('orion-guardian');
  const before = await host.redis.command('XLEN', 'orion:events');
  while (Number(await host.redis.command('XLEN', 'orion:events')) < Number(before) + 20) {
    await systemClock.sleep(50);
  }
  const drill = await byHand('tip')(config, new AbortController().signal);
  await drill.migrate('guardian', () => undefined);
  await drill.close();
  await host.stopTraffic();
  expect(await host.drain()).toBe(true);
  const guardian = (await host.audit(NOTHING)).find(({ module }) => module === 'guardian');
  expect(guardian?.lost).toBeGreaterThanOrEqual(20);
  expect(guardian?.twice).toBe(0);
});

it('writes a configuration that the tool reads', async () => {
  const { host } = await opened({ config: { soak: { module: '2s' } } });
  const config = await configOf(host);
  expect(config.modules.map(({ name }) => name)).toEqual(host.modules.map(({ name }) => name));
  expect(config.soak.moduleMs).toBe(2_000);
  const commander = config.modules.find(({ name }) => name === 'commander');
  expect(commander?.groups.byType).toEqual({
    decision: { source: 'commander', target: 'commander-go' },
    approval_decision: { source: 'commander-approval', target: 'commander-approval-go' },
  });
});

it('leaves nothing behind', async () => {
  const { host, startAll, end } = await opened();
  await startAll();
  const pids = ['redis', 'orion-memory', 'orion-watcher', 'orion-bus-go'].map((service) =>
    host.units.active(service),
  );
  expect(pids).not.toContain(null);
  const { directory } = host.paths;
  await end();
  expect(existsSync(directory)).toBe(false);
  for (const identity of pids) expect(() => process.kill(identity?.pid ?? 0, 0)).toThrow();
});

async function configOf({ paths }: Host): Promise<Config> {
  return loadConfig({
    ...{ file: paths.configFile, env: {}, cwd: paths.directory },
    packageRoot: await builtPackage(),
  });
}
