import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { problemOf } from '../support/problem-of.js';
import { until } from '../support/until.js';
import { FOREVER, openLab, USER_RUNTIME } from './systemd-lab.js';

const lab = await openLab();

describe('holding services of a real systemd', () => {
  if ('missing' in lab) {
    it('needs a systemd of its own', ({ skip }) => skip(lab.missing));
    return;
  }
  afterAll(() => lab.stop());
  const services = lab.services();
  const { installed, said } = lab;

  it('holds: neither a person nor Restart= starts the service until it is released', async () => {
    const service = await installed({
      service: ['ExecStart=/bin/sleep 1000', 'Restart=always', 'RestartSec=50ms'],
    });
    await services.start(service);
    const { mainPid } = await services.state(service);
    expect(await services.held(service)).toBe(false);
    await services.hold(service);
    expect(await services.held(service)).toBe(true);
    expect(await services.state(service)).toMatchObject({ active: 'active', mainPid });

    await lab.systemctl('kill', '--signal=KILL', service);
    await until(async () => (await services.state(service)).active === 'inactive');
    expect((await lab.systemctl('start', service)).exitCode).toBe(0);
    expect((await lab.systemctl('restart', service)).exitCode).toBe(0);
    expect(await services.state(service)).toMatchObject({ active: 'inactive', mainPid: null });
    const error = await problemOf(services.start(service));
    expect(error.code).toBe('service.not-started');
    expect(error.message).toContain('it is held by orion-bus');

    await services.stop(service);
    await services.release(service);
    expect(await services.held(service)).toBe(false);
    await services.start(service);
    expect(await services.state(service)).toMatchObject({ active: 'active' });
  });

  it('reads the units again only once, and leaves nothing but the drop-in', async () => {
    const service = await installed(FOREVER);
    const directory = join(lab.root, 'run/systemd/system', `${service}.service.d`);
    await services.hold(service);
    expect(await readdir(directory)).toEqual(['zz-orion-bus.conf']);
    expect(await readFile(join(directory, 'zz-orion-bus.conf'), 'utf8')).toContain(
      '[Unit]\nConditionPathExists=!%t/orion-bus/hold/%n\n',
    );
    await services.release(service);
    await services.start(service);
    // A unit file that is changed now is only seen after somebody's daemon-reload.
    await appendFile(join(lab.root, 'etc/systemd/system', `${service}.service`), '\n# changed\n');
    expect(await said(service, 'NeedDaemonReload')).toBe('yes');
    await services.hold(service);
    await services.hold(service);
    expect(await said(service, 'NeedDaemonReload')).toBe('yes');
    expect(await services.held(service)).toBe(true);
    await services.release(service);
    await services.release(service);
    expect(await readdir(join(lab.root, 'run/orion-bus/hold'))).toEqual([]);
  });

  it('does not call a service held when its drop-in is gone, as after a reboot', async () => {
    const service = await installed(FOREVER);
    await services.hold(service);
    await rm(join(lab.root, 'run/systemd/system', `${service}.service.d`), { recursive: true });
    await lab.systemctl('daemon-reload');
    expect(await services.held(service)).toBe(false);
    await services.hold(service);
    expect(await services.held(service)).toBe(true);
    await services.release(service);
  });

  it('refuses to hold where another drop-in comes after its own', async () => {
    const service = await installed(FOREVER);
    const directory = join(lab.root, 'etc/systemd/system', `${service}.service.d`);
    await mkdir(directory);
    await writeFile(join(directory, 'zzz.conf'), '[Unit]\nConditionPathExists=\n');
    const error = await problemOf(services.hold(service));
    expect(error.code).toBe('service.hold-failed');
    expect(error.message).toContain('zzz.conf');
    expect(await services.held(service)).toBe(false);
  });

  it('holds the unit itself when it is named by an alias', async () => {
    const service = await installed({ ...FOREVER, install: ['Alias=orion-alias.service'] });
    await services.enable(service);
    await services.hold('orion-alias');
    await lab.systemctl('start', service);
    expect(await services.state(service)).toMatchObject({ active: 'inactive' });
    expect(await services.held(service)).toBe(true);
    await services.release('orion-alias');
    await services.start('orion-alias');
    expect(await services.state(service)).toMatchObject({ active: 'active' });
  });

  it('works on the units of a user as on those of the system', async () => {
    const runtime = USER_RUNTIME;
    await lab.unit('user-manager.service', {
      service: [
        'Type=notify',
        'Delegate=yes',
        `Environment=XDG_RUNTIME_DIR=${runtime} SYSTEMD_UNIT_PATH=${runtime}/units:${runtime}/systemd/user`,
        `ExecStartPre=/bin/mkdir -p ${runtime}/units`,
        `ExecStartPre=/bin/sh -c "printf '[Unit]\\nDefaultDependencies=no\\n' > ${runtime}/units/lab.target"`,
        `ExecStartPre=/bin/sh -c "printf '[Unit]\\nDefaultDependencies=no\\n[Service]\\nExecStart=/bin/sleep 1000\\n' > ${runtime}/units/orion-user.service"`,
        'ExecStart=/lib/systemd/systemd --user --unit=lab.target',
      ],
    });
    await services.start('user-manager');
    const ofUser = lab.services({ scope: 'user' });
    expect(await services.state('orion-user')).toMatchObject({ installed: false });
    await ofUser.start('orion-user');
    await ofUser.hold('orion-user');
    await ofUser.stop('orion-user');
    expect((await problemOf(ofUser.start('orion-user'))).message).toContain('held by orion-bus');
    await ofUser.release('orion-user');
    await ofUser.start('orion-user');
    expect(await ofUser.state('orion-user')).toMatchObject({ active: 'active', installed: true });
  });
});
