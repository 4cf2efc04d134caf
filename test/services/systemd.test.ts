import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import { createServices } from '../../src/services/index.js';
import { problemOf } from '../support/problem-of.js';
import { until } from '../support/until.js';
import { FOREVER, openLab } from './systemd-lab.js';

const lab = await openLab();

describe('services of a real systemd', () => {
  if ('missing' in lab) {
    it('needs a systemd of its own', ({ skip }) => skip(lab.missing));
    return;
  }
  afterAll(() => lab.stop());
  const services = lab.services();
  const { installed, said } = lab;

  it('tells the state of a service before, while and after it runs', async () => {
    const service = await installed({ ...FOREVER, install: ['WantedBy=lab.target'] });
    expect(await services.state(service)).toEqual({
      service,
      active: 'inactive',
      installed: true,
      mainPid: null,
      sinceMs: null,
      restarts: 0,
      enabled: false,
    });
    const before = Date.now();
    await services.start(service);
    const running = await services.state(service);
    expect(running).toMatchObject({ active: 'active', restarts: 0 });
    expect(running.mainPid).toBe(Number(await said(service, 'MainPID')));
    expect(running.sinceMs).toBeGreaterThanOrEqual(before - 50);
    expect(running.sinceMs).toBeLessThanOrEqual(Date.now() + 50);
    await services.stop(service);
    expect(await services.state(service)).toMatchObject({ active: 'inactive', mainPid: null });
  });

  it('returns from a stop only when the main process is gone', async () => {
    const done = join(lab.root, 'run/stopped-in-order');
    const service = await installed({
      service: [
        `ExecStart=/bin/sh -c 'trap "sleep 1; touch /run/stopped-in-order; exit 0" TERM; while :; do sleep 0.05; done'`,
      ],
    });
    await services.start(service);
    await services.stop(service);
    expect(existsSync(done)).toBe(true);
    expect(await said(service, 'MainPID')).toBe('0');
  });

  it('starts a service again that does not stop in time, also a held one, and says so', async () => {
    const service = await installed({
      service: [
        'TimeoutStopSec=infinity',
        `ExecStart=/bin/sh -c 'trap "sleep 2; exit 0" TERM; while :; do sleep 0.05; done'`,
      ],
    });
    const impatient = lab.services({ stopTimeoutMs: 500 });
    await impatient.start(service);
    const first = (await impatient.state(service)).mainPid;
    await impatient.hold(service);
    const error = await problemOf(impatient.stop(service));
    expect(error).toMatchObject({
      code: 'service.stop-timeout',
      kind: 'prerequisite',
      exitCode: 1,
    });
    expect(error.message).toContain(
      'had not stopped after 0.5 s; it was started again and is active',
    );
    const now = await impatient.state(service);
    expect(now.active).toBe('active');
    expect(now.mainPid).not.toBe(first);
    expect(await impatient.held(service)).toBe(false);
  });

  it("waits for a unit's own TimeoutStopSec before it calls a stop failed", async () => {
    const service = await installed({
      service: [
        'TimeoutStopSec=1',
        `ExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 0.05; done'`,
      ],
    });
    const impatient = lab.services({ stopTimeoutMs: 100 });
    await impatient.start(service);
    await impatient.stop(service);
    expect(await impatient.state(service)).toMatchObject({ active: 'failed', mainPid: null });
    await impatient.start(service);
    await expect(impatient.state(service)).resolves.toMatchObject({ active: 'active' });
  });

  it('notices a start that was skipped in silence by a condition of the unit', async () => {
    const service = await installed({ ...FOREVER, unit: ['ConditionPathExists=/nowhere'] });
    expect((await lab.systemctl('start', service)).exitCode).toBe(0);
    const error = await problemOf(services.start(service));
    expect(error).toMatchObject({ code: 'service.not-started', kind: 'prerequisite' });
    expect(error.message).toContain('a condition of the unit is not met');
  });

  it.each([
    ['a program that is not there', ['ExecStart=/nowhere/program'], 'status 203'],
    ['a program that ends with an error', [`ExecStart=/bin/sh -c 'exit 7'`], 'status 7'],
    [
      'a program that crashes again and again',
      [`ExecStart=/bin/sh -c 'exit 9'`, 'Restart=always', 'RestartSec=100ms'],
      'it keeps ending',
    ],
    [
      'a program that crashes a moment after each start',
      [`ExecStart=/bin/sh -c 'sleep 0.2; exit 9'`, 'Restart=always', 'RestartSec=1ms'],
      'it keeps ending',
    ],
    [
      'a unit without a main process',
      ['Type=oneshot', 'RemainAfterExit=yes', 'ExecStart=/bin/true'],
      'active without a main process',
    ],
  ])('does not count as started: %s', async (_name, service, reason) => {
    const error = await problemOf(services.start(await installed({ service })));
    expect(error.code).toBe('service.not-started');
    expect(error.message).toContain(reason);
  });

  it('waits for a service that takes its time to be active', async () => {
    const service = await installed({
      service: ['ExecStartPre=/bin/sleep 1', 'ExecStart=/bin/sleep 1000'],
    });
    await lab.systemctl('start', '--no-block', service);
    expect(await services.state(service)).toMatchObject({ active: 'changing' });
    await services.start(service);
    expect(await services.state(service)).toMatchObject({ active: 'active' });
  });

  it('starts a service that systemd had given up on after a crash loop', async () => {
    const service = await installed({
      unit: ['StartLimitIntervalSec=1h', 'StartLimitBurst=2'],
      service: [
        `ExecStart=/bin/sh -c 'test -e /run/mended && exec sleep 1000; exit 1'`,
        'Restart=always',
        'RestartSec=1ms',
      ],
    });
    await lab.systemctl('start', service);
    await until(async () => (await services.state(service)).active === 'failed');
    await writeFile(join(lab.root, 'run/mended'), '');
    expect((await lab.systemctl('start', service)).exitCode).not.toBe(0);
    expect(await services.state(service)).toMatchObject({ active: 'failed' });
    await services.start(service);
    expect(await services.state(service)).toMatchObject({ active: 'active', restarts: 0 });
  });

  it('counts restarts by systemd', async () => {
    const service = await installed({
      service: [...FOREVER.service, 'Restart=always', 'RestartSec=1ms'],
    });
    await services.start(service);
    const first = (await services.state(service)).mainPid;
    await lab.systemctl('kill', '--signal=KILL', service);
    await until(async () => (await services.state(service)).restarts === 1);
    await until(async () => (await services.state(service)).active === 'active');
    expect((await services.state(service)).mainPid).not.toBe(first);
    await services.start(service);
    expect(await services.state(service)).toMatchObject({ active: 'active', restarts: 0 });
  });

  it('stops a service in the middle of a crash loop', async () => {
    const service = await installed({
      service: [`ExecStart=/bin/sh -c 'exit 1'`, 'Restart=always', 'RestartSec=1h'],
    });
    await lab.systemctl('start', service);
    await until(async () => (await said(service, 'SubState')) === 'auto-restart');
    expect(await services.state(service)).toMatchObject({ active: 'changing', mainPid: null });
    await services.stop(service);
    expect((await services.state(service)).active).toMatch(/inactive|failed/);
  });

  it('enables and disables', async () => {
    const service = await installed({ ...FOREVER, install: ['WantedBy=lab.target'] });
    await services.enable(service);
    expect(await services.state(service)).toMatchObject({ enabled: true });
    await services.disable(service);
    expect(await services.state(service)).toMatchObject({ enabled: false });
    expect(await services.state(await installed(FOREVER))).toMatchObject({ enabled: null });
  });

  it('says that a service is not installed, and names it', async () => {
    expect(await services.state('orion-nobody')).toEqual({
      service: 'orion-nobody',
      active: 'inactive',
      installed: false,
      mainPid: null,
      sinceMs: null,
      restarts: null,
      enabled: null,
    });
    for (const verb of ['start', 'stop', 'hold', 'enable', 'disable'] as const) {
      const error = await problemOf(services[verb]('orion-nobody'));
      expect(error.code).toBe('service.not-installed');
      expect(error.message).toContain('orion-nobody.service');
    }
    expect(await services.held('orion-nobody')).toBe(false);
    await services.release('orion-nobody');
  });

  it('reports a refused stop at once, and leaves the service running and free', async () => {
    const service = await installed({ ...FOREVER, unit: ['RefuseManualStop=yes'] });
    await services.start(service);
    const { mainPid } = await services.state(service);
    await services.hold(service);
    const error = await problemOf(lab.services({ stopTimeoutMs: 60_000 }).stop(service));
    expect(error.code).toBe('service.stop-failed');
    expect(error.message).toContain('Operation refused');
    expect(await services.state(service)).toMatchObject({ active: 'active', mainPid });
    expect(await services.held(service)).toBe(false);
  });

  it('ends a wait at once when it is interrupted', async () => {
    const service = await installed({
      service: [`ExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 0.05; done'`],
    });
    const interrupt = new AbortController();
    const waiting = lab.services({ stopTimeoutMs: 60_000, signal: interrupt.signal });
    await waiting.start(service);
    const stopped = problemOf(waiting.stop(service));
    await until(async () => (await services.state(service)).active === 'changing');
    interrupt.abort();
    expect(await stopped).toMatchObject({ code: 'service.interrupted', exitCode: 130 });
  });
});

describe('without a systemd', () => {
  const runtime = { clock: systemClock };

  it('says that there is no systemctl', async () => {
    const services = createServices(
      { driver: 'systemd', scope: 'system', stopTimeoutMs: 1_000 },
      { ...runtime, systemctlPrefix: ['/nowhere/to/be/found'] },
    );
    expect(await problemOf(services.state('orion-memory'))).toMatchObject({
      code: 'service.no-systemd',
      kind: 'prerequisite',
    });
  });

  it.skipIf(!existsSync('/usr/bin/systemctl'))(
    'says that no systemd runs there (skipped where systemctl is not installed)',
    async () => {
      const services = createServices(
        { driver: 'systemd', scope: 'user', stopTimeoutMs: 1_000 },
        { ...runtime, systemctlPrefix: ['env', '-i', 'XDG_RUNTIME_DIR=/nowhere', 'PATH=/usr/bin'] },
      );
      const error = await problemOf(services.start('orion-memory'));
      expect(error.code).toBe('service.no-systemd');
      expect(error.message).toContain('Failed to connect to');
    },
  );

  it.each(['-H host', '-h', 'orion-*', '../../etc/x', 'a b', '', 'orion.socket', 'x\u001b[31m'])(
    'refuses %j as the name of a service',
    async (name) => {
      const services = createServices(
        { driver: 'systemd', scope: 'system', stopTimeoutMs: 1_000 },
        runtime,
      );
      const error = await problemOf(services.hold(name));
      expect(error.code).toBe('service.bad-name');
      expect(error.message).not.toMatch(/\p{Cc}/u);
    },
  );
});
