import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../problems/index.js';
import { isRunning, parseIdentity } from '../process-identity.js';
import { Units } from '../units.js';

/*
 * `node keeper.js <directory> <pid> <start>`: waits until the process that opened the throw-away
 * host is gone, however it went, and then ends what that process can no longer end itself.
 */

const POLL_MS = 250;

const [directory = '', pid = '', start = ''] = process.argv.slice(2);
const owner = parseIdentity(`${pid} ${start}`);
if (owner !== null && directory !== '') {
  while (isRunning(owner)) await systemClock.sleep(POLL_MS);
  await new Units(join(directory, 'units'), systemClock).killAll();
  await rm(directory, { recursive: true, force: true });
}
