import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unitFiles } from '../../src/services/index.js';

const hasSystemd = await execa('systemd-analyze', ['--version'], { reject: false }).then(
  ({ exitCode }) => exitCode === 0,
);

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orion-units-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the units', () => {
  it.runIf(hasSystemd)('are what systemd takes, with any path', async () => {
    const program = [process.execPath, '/opt/a 100% "good" $HOME/bin/run.js'];
    const config = '/etc/orion bus/orion-bus.yaml';
    for (const { name, text } of unitFiles({ program, config, scope: 'system' })) {
      await writeFile(join(directory, name), text);
      const { all, exitCode } = await execa('systemd-analyze', ['verify', join(directory, name)], {
        all: true,
        reject: false,
      });
      expect({ exitCode, complaints: all.match(new RegExp(`${name}:.*`, 'g')) }).toEqual({
        exitCode: 0,
        complaints: null,
      });
    }
  });

  it('run this program with this configuration', () => {
    const program = ['/usr/bin/node', '/opt/orion-bus/bin/run.js'];
    const config = '/etc/orion-bus/50%.yaml';
    const units = unitFiles({ program, config, scope: 'user' });
    const texts = new Map(units.map(({ name, text }) => [name, text]));
    expect([...texts.keys()]).toEqual([
      'orion-bus-watch.service',
      'orion-bus-validate.service',
      'orion-bus-validate.timer',
      'orion-bus.service',
    ]);
    expect(texts.get('orion-bus-watch.service')).toContain(
      'ExecStart=/usr/bin/node /opt/orion-bus/bin/run.js watch --config /etc/orion-bus/50%%.yaml\n',
    );
    expect(texts.get('orion-bus-watch.service')).toContain('WantedBy=default.target');
    expect(texts.get('orion-bus-validate.timer')).toContain('OnCalendar=daily');
  });
});
