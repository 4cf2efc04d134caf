import { OrionError } from '../problems/index.js';
import { type EntryId, entryId, isServerError, ownKeys, type RedisLink } from '../redis/index.js';
import { writeRefused } from './publish-errors.js';

/*
 * The probe shows that a message gets from a publisher to a consumer group, without touching a
 * production stream: each probe has a key of its own that expires by itself. Its type is no contract
 * and is in no list of contracts.
 */

export const PROBE_TYPE = 'orion-bus.probe';
export const PROBE_GROUP = 'orion-bus-probe';

const EXPIRES_AFTER_MS = 60_000;
const LONGEST_TEXT = 200;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function probeText(uuid: string): string {
  return JSON.stringify({ probe: uuid });
}

/**
 * Writes a probe, its group and its expiry in one transaction, and nothing else.
 * @param text `{"probe":"<uuid>"}`, written as it stands
 * @throws {OrionError} `probe.malformed`; `probe.repeated` when that uuid was used before;
 * `redis.out-of-memory`, `redis.write-refused`, `redis.unreachable`
 */
export async function writeProbe(link: RedisLink, prefix: string, text: string): Promise<EntryId> {
  const key = ownKeys.probe(prefix, uuidIn(text));
  try {
    const [id] = await link.transaction([
      // A repeated uuid must not grow the key, hence the exact cap of one.
      ['xadd', key, 'MAXLEN', 1, '*', 'data', text],
      ['xgroup', 'CREATE', key, PROBE_GROUP, 0],
      ['pexpire', key, EXPIRES_AFTER_MS],
    ]);
    return entryId(String(id));
  } catch (error) {
    if (!isServerError(error)) throw error;
    throw error.message.startsWith('BUSYGROUP') ? repeated(key) : writeRefused('the probe', error);
  }
}

function uuidIn(text: string): string {
  if (text.length <= LONGEST_TEXT) {
    const message = parsed(text);
    if (typeof message === 'object' && message !== null && 'probe' in message) {
      const { probe, ...rest } = message;
      const alone = Object.keys(rest).length === 0;
      if (typeof probe === 'string' && UUID.test(probe) && alone) return probe;
    }
  }
  throw new OrionError({
    kind: 'validation',
    code: 'probe.malformed',
    message: `A message of type ${PROBE_TYPE} is {"probe":"<uuid>"} and nothing else.`,
    hint: 'Nothing was written.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function repeated(key: string): OrionError {
  return new OrionError({
    kind: 'validation',
    code: 'probe.repeated',
    message: `The probe ${key} exists already.`,
    hint: 'Each probe needs a fresh uuid.',
  });
}
