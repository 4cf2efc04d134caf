import { messageOf, OrionError, systemClock } from '../../problems/index.js';
import { Units } from '../units.js';

/*
 * `node unit.js <directory> <verb> <service>`: the verbs of the `command` driver on the rehearsal's
 * own units, as far as touching or testing a file does not do. Exit codes are those of systemctl:
 * 3 for a unit that is not active, 4 for one that is not there.
 */

const INACTIVE = 3;
const NOT_THERE = 4;

const [directory = '', verb = '', service = ''] = process.argv.slice(2);
const units = new Units(directory, systemClock);

const VERBS: Readonly<Record<string, () => number | Promise<number>>> = {
  start: () => units.start(service).then(() => 0),
  stop: () => units.stop(service).then(() => 0),
  status: () => {
    if (!units.installed(service)) return NOT_THERE;
    const active = units.active(service) !== null;
    process.stdout.write(active ? 'active\n' : 'inactive\n');
    return active ? 0 : INACTIVE;
  },
  pid: () => {
    const identity = units.active(service);
    if (identity === null) return INACTIVE;
    process.stdout.write(`${identity.pid}\n`);
    return 0;
  },
};

try {
  const run = VERBS[verb];
  if (run === undefined) {
    process.stderr.write(
      `unit: verb ${JSON.stringify(verb)} is none of ${Object.keys(VERBS).join(' ')}\n`,
    );
    process.exitCode = 64;
  } else {
    process.exitCode = await run();
  }
} catch (error) {
  process.stderr.write(`unit: ${messageOf(error)}\n`);
  process.exitCode = error instanceof OrionError && error.code === 'rehearsal.unit' ? NOT_THERE : 1;
}
