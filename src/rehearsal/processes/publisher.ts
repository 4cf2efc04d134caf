import { readFileSync } from 'node:fs';
import { systemClock } from '../../problems/index.js';
import { RedisLink } from '../../redis/index.js';
import { LedgerFile } from '../ledger-file.js';
import { randomOf } from '../random.js';
import { type PublisherRole, runPublisher } from '../stand-in-publisher.js';

// `node publisher.js <role file>`: one stand-in publisher; it ends at once on any signal.

// Only the host writes this file.
const role = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as PublisherRole;

await runPublisher(role, {
  clock: systemClock,
  random: randomOf(`${role.seed} ${role.name}`),
  ledger: new LedgerFile(role.ledger, role.name, systemClock.now),
  log: (line) => void process.stderr.write(`${new Date().toISOString()} ERROR ${line}\n`),
  link: await RedisLink.open(
    { url: role.redisUrl, username: null, password: null },
    `orion-${role.name}`,
  ),
});
