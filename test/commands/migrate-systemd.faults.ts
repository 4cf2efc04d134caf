import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import { Host } from '../../src/rehearsal/index.js';
import { builtPackage } from '../support/built.js';
import { type RealSystemd, startRealSystemd } from '../support/real-systemd.js';
import { until } from '../support/until.js';

/*
 * One module under a real systemd: with `Restart=always`, held through the pause, moved and taken back
 * by the built tool, which runs inside systemd's namespaces. `/tmp` is another one in there, so
 * everything lies under /var/tmp.
 */

// Inside its namespaces /tmp is another one: a package that lies there could not be run.
const hidden = (await builtPackage()).startsWith('/tmp/');
const systemd = hidden
  ? { missing: 'this package lies under /tmp, which systemd hides' }
  : await startRealSystemd();
const missing = 'missing' in systemd ? systemd.missing : null;
if (missing !== null) process.stderr.write(`skipped, no real systemd: ${missing}\n`);

describe.skipIf(missing !== null)('a migration under systemd', () => {
  // Skipped as a whole where it is missing.
  const lab = systemd as RealSystemd;
  const directory = mkdtempSync('/var/tmp/orion-systemd-');
  let host: Host;
  let tool: string;

  beforeAll(async () => {
    const packageRoot = await builtPackage();
    tool = join(packageRoot, 'bin', 'run.js');
    host = await Host.open({
      ...{ rate: 100, seed: 'systemd', packageRoot, temporary: directory, clock: systemClock },
      path: process.env['PATH'] ?? '',
      signal: new AbortController().signal,
      config: { services: { driver: 'systemd', scope: 'system' } },
    });
    const config = JSON.parse(await readFile(host.paths.configFile, 'utf8'));
    const { memory } = config.modules;
    await execa('tee', [host.paths.configFile], {
      input: JSON.stringify({ ...config, modules: { memory }, publishers: {} }),
    });
    const process_ = join(packageRoot, 'dist', 'rehearsal', 'processes', 'module.js');
    await lab.unit('orion-memory.service', {
      unit: ['DefaultDependencies=no'],
      service: [
        `ExecStart=${process.execPath} ${process_} ${host.paths.role('memory')}`,
        `StandardError=append:${host.paths.log('orion-memory')}`,
        'Restart=always',
        'RestartSec=100ms',
      ],
    });
    await host.startTarget();
    await lab.systemctl('start', 'orion-memory.service');
    await host.startTraffic();
    await until(() => (host.handledSoFar().get('memory') ?? 0) > 50);
  });

  afterAll(async () => {
    await host?.end();
    await lab.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function cli(...args: string[]): Promise<{ exitCode: number; document: JsonDocument }> {
    const [program = '', ...rest] = [...lab.prefix, process.execPath, tool, ...args, '--json'];
    const result = await execa(program, [...rest, '--config', host.paths.configFile], {
      reject: false,
    });
    return { exitCode: result.exitCode ?? -1, document: JSON.parse(result.stdout) };
  }

  it('moves it, takes it back, and loses and doubles nothing', async () => {
    const moved = await cli(
      'migrate',
      'memory',
      '--yes',
      '--override',
      'phase1',
      '--reason',
      'test',
    );
    expect(moved.document).toMatchObject({ ok: true, outcome: 'done', lost: 0 });
    expect(moved.exitCode).toBe(0);
    const stepOf = (id: string): unknown =>
      moved.document.steps.find((step) => step.id === id)?.data;
    expect(stepOf('hold')).toMatchObject({ held: true });
    expect(stepOf('start')).toMatchObject({ started: true, active: 'active' });
    expect(await readFile(host.paths.settingsFile('memory'), 'utf8')).toContain(
      'ORION_BUS_GROUP=orion-memory-group-go',
    );
    // Nothing of the hold is left, so a crash is answered by systemd as the unit says.
    await lab.systemctl('kill', '--signal=KILL', 'orion-memory.service');
    await until(async () => (await lab.systemctl('is-active', 'orion-memory')).exitCode === 0);

    const settled = await cli('groups', 'settle', 'memory', '--yes');
    expect(settled.document).toMatchObject({ ok: true });
    const back = await cli('rollback', '--phase', '2', '--module', 'memory', '--yes');
    expect(back.document).toMatchObject({ ok: true, outcome: 'done', lost: 0 });

    await host.stopTraffic();
    const announced = [moved, settled, back].reduce((sum, run) => sum + run.document.announced, 0);
    await until(async () => {
      const [memory] = (await host.audit(new Map([['memory', announced]]))).filter(
        ({ module }) => module === 'memory',
      );
      return memory?.lost === 0;
    });
    const audit = await host.audit(new Map([['memory', announced]]));
    expect(audit.find(({ module }) => module === 'memory')).toMatchObject({ lost: 0, twice: 0 });
  });
});

interface JsonDocument {
  readonly ok: boolean;
  readonly announced: number;
  readonly steps: readonly { readonly id: string; readonly data: unknown }[];
}
