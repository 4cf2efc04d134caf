import { randomUUID } from 'node:crypto';
import { type Clock, messageOf } from '../problems/index.js';
import {
  isServerError,
  ownKeys,
  type RedisLink,
  type Reply,
  type StreamKey,
} from '../redis/index.js';
import type { Secret } from './access.js';
import { PROBE_GROUP, PROBE_TYPE, probeText, writeProbe } from './probe.js';

export interface RoundTripOptions {
  readonly link: RedisLink;
  readonly prefix: string;
  /** The target bus, asked first; `library` publishes straight to Redis. */
  readonly via:
    | { readonly kind: 'library' }
    | { readonly kind: 'http'; readonly url: string; readonly token?: Secret };
  readonly clock: Clock;
  /** How long the target bus may take to answer, in milliseconds. Redis has the link's own limit. */
  readonly timeoutMs: number;
}

/** Where on its way the probe was. */
export type RoundTripStage = 'publish' | 'read' | 'compare' | 'acknowledge' | 'pending';

export interface RoundTripResult {
  /** Which way the probe was published: `library` also where the target bus does not take probes. */
  readonly way: 'target' | 'library';
  readonly ok: boolean;
  readonly milliseconds: number;
  /** Why the target was not used although it was asked. */
  readonly note?: string;
  readonly problem?: string;
  /** The stage at which it broke. */
  readonly stage?: RoundTripStage;
}

/** What a bus answers that has no such endpoint: not found, method not allowed, not implemented. */
const NO_SUCH_ENDPOINT = [404, 405, 501];
const CONSUMER = 'orion-bus-validate';

/**
 * Sends one probe from a publisher to a consumer group and back: published, read, compared byte for
 * byte, acknowledged, nothing pending. It has a key of its own, which is deleted at the end and
 * expires after a minute should this process be killed. Never throws: what went wrong is the result.
 */
export async function roundTrip(options: RoundTripOptions): Promise<RoundTripResult> {
  const { link, prefix, via, clock } = options;
  const began = clock.now();
  const uuid = randomUUID();
  const text = probeText(uuid);
  const key = ownKeys.probe(prefix, uuid);
  let way: 'target' | 'library' = via.kind === 'http' ? 'target' : 'library';
  let stage: RoundTripStage = 'publish';
  let note: string | undefined;
  const result = (): Pick<RoundTripResult, 'way' | 'milliseconds' | 'note'> => {
    return { way, milliseconds: clock.now() - began, ...(note === undefined ? {} : { note }) };
  };
  try {
    if (via.kind === 'http') {
      const status = await postProbe(via.url, via.token ?? null, text, options.timeoutMs);
      if (NO_SUCH_ENDPOINT.includes(status)) {
        way = 'library';
        note = `the bus at ${via.url} takes no probe (HTTP ${status})`;
      }
    }
    if (way === 'library') await writeProbe(link, prefix, text);
    stage = 'read';
    const entries = await readProbe(link, key);
    stage = 'compare';
    const id = compared(entries, text);
    stage = 'acknowledge';
    const acknowledged = await link.command('XACK', key, PROBE_GROUP, id);
    if (acknowledged !== 1) throw new Error(`Redis acknowledged ${acknowledged} entries, not 1`);
    stage = 'pending';
    const pending = listOf(await link.command('XPENDING', key, PROBE_GROUP))[0];
    if (pending !== 0)
      throw new Error(`${pending} entries are still pending after the acknowledgement`);
    return { ...result(), ok: true };
  } catch (error) {
    return { ...result(), ok: false, stage, problem: messageOf(error) };
  } finally {
    await link.command('DEL', key).catch(() => undefined);
  }
}

/** @returns 201, or one of the statuses that mean there is no such endpoint */
async function postProbe(
  url: string,
  token: Secret | null,
  text: string,
  timeoutMs: number,
): Promise<number> {
  let response: Response;
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}/messages/${PROBE_TYPE}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token()}` }),
      },
      body: text,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    // What fetch throws says only `fetch failed`; its cause says why.
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`the bus at ${url} does not answer: ${messageOf(why)}`, { cause: error });
  }
  await response.body?.cancel();
  if (response.status === 201 || NO_SUCH_ENDPOINT.includes(response.status)) return response.status;
  throw new Error(`the bus at ${url} did not take the probe: HTTP ${response.status}`);
}

async function readProbe(link: RedisLink, key: StreamKey): Promise<readonly Reply[]> {
  let reply: Reply;
  try {
    reply = await link.command(
      ...['XREADGROUP', 'GROUP', PROBE_GROUP, CONSUMER, 'COUNT', '2', 'STREAMS', key, '>'],
    );
  } catch (error) {
    if (!isServerError(error) || !error.message.startsWith('NOGROUP')) throw error;
    throw new Error(
      `the probe was taken but is not at ${key}: the bus writes to another Redis, database or prefix`,
      { cause: error },
    );
  }
  const [stream] = listOf(reply);
  const [, entries] = listOf(stream);
  return listOf(entries);
}

/** @returns the id of the one entry, which holds the very text that was sent */
function compared(entries: readonly Reply[], text: string): string {
  const [entry, ...others] = entries;
  if (entry === undefined) throw new Error('the group was given no entry');
  if (others.length > 0) throw new Error('the group was given more than the one entry');
  const [id, fields] = listOf(entry);
  const [field, data, ...more] = listOf(fields);
  if (field !== 'data' || more.length > 0) throw new Error('the entry is not one field `data`');
  if (data !== text) throw new Error('the entry holds another text than was published');
  return String(id);
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}
