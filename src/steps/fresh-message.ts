import { isPublishedBy } from '../checks/index.js';
import { type Contracts, violationText } from '../contracts/index.js';
import { discoverStreams, newestEntries, redisTimeMs } from '../facts/index.js';
import { type Finding, type Json, OrionError } from '../problems/index.js';
import { compareIds, entryId } from '../redis/index.js';
import { messageSource } from './message-source.js';
import type { PhaseContext } from './step-context.js';

export interface FreshMessage {
  /** `inconclusive`: none was seen in time, which proves nothing either way. */
  readonly verdict: 'pass' | 'inconclusive';
  readonly publisher: string;
  readonly stream: string | null;
  readonly id: string | null;
  readonly waitedMs: number;
}

/** How many of a stream's newest entries are looked through at a time. */
const NEWEST = 100;
const LOOK_EVERY_MS = 200;

/**
 * Waits for a message that a publisher has published from now on, and holds it against its contract.
 * @throws {OrionError} kind `validation` where a fresh message of it breaks the contract
 */
export async function freshMessage(
  context: PhaseContext,
  publisher: string,
  report: (progress: { readonly text: string }) => void,
): Promise<FreshMessage> {
  const { plan, redis, clock, signal } = context;
  const named = plan.publishers.find(({ name }) => name === publisher)?.publishesAs ?? publisher;
  const contracts = await context.contracts();
  const began = clock.now();
  const after = entryId(`${await redisTimeMs(redis)}-0`);
  report({ text: `waiting for a message of ${named}` });
  for (;;) {
    for (const { stream, type } of await discoverStreams(redis, plan.streams.prefix)) {
      for (const { id, fields } of await newestEntries(redis, stream, NEWEST)) {
        if (compareIds(id, after) < 0) break;
        const text = fields.get('data') ?? '';
        const source = messageSource(text);
        if (source === null || !isPublishedBy(named, source)) continue;
        expectValid(contracts, type, text, `${id} on ${stream}`, publisher);
        return { verdict: 'pass', publisher, stream, id, waitedMs: clock.now() - began };
      }
    }
    const waitedMs = clock.now() - began;
    if (waitedMs >= plan.handoff.flowWaitMs) {
      return { verdict: 'inconclusive', publisher, stream: null, id: null, waitedMs };
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
    signal.throwIfAborted();
  }
}

/** What is to be told of it where it proves nothing. */
export function freshMessageFinding(fresh: Json | undefined): readonly Finding[] {
  if (typeof fresh !== 'object' || fresh === null || !('verdict' in fresh)) return [];
  if (fresh['verdict'] === 'pass') return [];
  return [
    {
      id: 'publisher.no-message',
      status: 'warn',
      message: `no message of ${String(fresh['publisher'])} came within ${Number(fresh['waitedMs'])} ms: that it publishes is not proved`,
    },
  ];
}

function expectValid(
  contracts: Contracts,
  type: string,
  text: string,
  where: string,
  publisher: string,
): void {
  if (contracts.get(type) === null) return;
  const parsed = contracts.parse(type, text);
  const [first] = parsed.valid ? [] : parsed.violations;
  if (first === undefined) return;
  throw new OrionError({
    kind: 'validation',
    code: 'publisher.invalid',
    message: `A fresh message of ${publisher}, ${where}, breaks its contract: ${violationText(first)}.`,
    hint: 'The publisher and its contract do not agree.',
    next: ['orion-bus contracts check', 'orion-bus status'],
  });
}
