import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { systemClock } from '../../problems/index.js';
import { RedisLink } from '../../redis/index.js';
import { LedgerFile } from '../ledger-file.js';
import type { ModuleRole } from '../module-role.js';
import { randomOf } from '../random.js';
import { runModule } from '../stand-in-module.js';

// `node module.js <role file>`: one stand-in module. Most have no signal handler: see stand-in-module.ts.

// Only the host writes this file.
const role = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ModuleRole;
const settings = parseEnv(readFileSync(role.envFile, 'utf8'));

await runModule(role, {
  clock: systemClock,
  // A module that starts again must not make the same ids once more.
  random: randomOf(`${role.seed} ${role.name} ${systemClock.now()} ${process.pid}`),
  ledger: new LedgerFile(role.ledger, role.name, systemClock.now),
  log: (line) => void process.stderr.write(`${new Date().toISOString()} ERROR ${line}\n`),
  settings: new Map(Object.entries(settings).map(([key, value]) => [key, value ?? ''])),
  terminated: () => {
    const terminated = new AbortController();
    process.on('SIGTERM', () => terminated.abort());
    return terminated.signal;
  },
  open: (name) => RedisLink.open({ url: role.redisUrl, username: null, password: null }, name),
});
