import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import { isRunning, parseIdentity } from '../../src/rehearsal/process-identity.js';
import { builtPackage } from '../support/built.js';

/** Opens a host in the given directory, starts its modules, and says so. */
const OPENER = `
const [packageRoot, temporary, path, goBus] = process.argv.slice(1);
const { Host } = await import(packageRoot + '/dist/rehearsal/index.js');
const { systemClock } = await import(packageRoot + '/dist/problems/index.js');
const host = await Host.open({ packageRoot, temporary, path, clock: systemClock, rate: 50,
  seed: 'keeper', signal: new AbortController().signal, targetBus: [goBus, '{port}'] });
await host.startModules();
await host.startTraffic();
console.log('open');
setInterval(() => {}, 1000);
`;

it('ends every process and removes the directory when whoever opened the host was killed', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'orion-test-'));
  const goBus = fileURLToPath(new URL('../support/go-bus.mjs', import.meta.url));
  const args = [await builtPackage(), temporary, process.env['PATH'] ?? '', goBus];
  const owner = execa(process.execPath, ['--input-type=module', '-e', OPENER, ...args], {
    reject: false,
  });
  try {
    await once(owner.stdout, 'data');
    const directory = join(temporary, readdirSync(temporary)[0] ?? '');
    const started = readFileSync(join(directory, 'units', 'started'), 'utf8')
      .trim()
      .split('\n');
    const identities = started.map(parseIdentity).filter((identity) => identity !== null);
    expect(identities.filter(isRunning)).toHaveLength(8);
    owner.kill('SIGKILL');
    await owner;
    while (existsSync(directory)) await systemClock.sleep(20);
    expect(identities.filter(isRunning)).toEqual([]);
  } finally {
    owner.kill('SIGKILL');
    await rm(temporary, { recursive: true, force: true });
  }
});
