import { OrionError } from '../problems/index.js';
import { consumerName, entryId, groupName, isEntryId } from '../redis/index.js';
import type { GroupStart } from './group-start.js';
import type { SubscriptionRequest } from './http-subscriptions.js';

const DEFAULT_CREDIT = 10;
const MOST_CREDIT = 1_000;
/** Long for a handler, short for an operator whose messages a host that is gone holds. */
const DEFAULT_PATIENCE_S = 300;
const MOST_PATIENCE_S = 86_400;
const KNOWN = ['group', 'consumer', 'credit', 'start', 'patience'];

/**
 * What a subscriber asks for in the query of its URL.
 * @throws {OrionError} `http.query`
 */
export function subscriptionRequest(
  type: string,
  query: Readonly<Record<string, unknown>>,
): SubscriptionRequest {
  const unknown = Object.keys(query).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) {
    throw malformed(`It knows ${KNOWN.join(', ')} and no other parameter.`);
  }
  return {
    type,
    group: groupName(nameIn(query, 'group')),
    consumer: consumerName(nameIn(query, 'consumer')),
    credit: wholeIn(query, 'credit', DEFAULT_CREDIT, MOST_CREDIT),
    start: startIn(query['start']),
    patienceMs: 1_000 * wholeIn(query, 'patience', DEFAULT_PATIENCE_S, MOST_PATIENCE_S),
  };
}

/**
 * A name of a group or consumer.
 * @throws {OrionError} `http.query`
 */
export function checkedName(text: unknown, what: string): string {
  if (typeof text === 'string' && /^[^\p{Cc}]{1,200}$/u.test(text)) return text;
  throw malformed(`A ${what} is 1 to 200 characters, none of them a control character.`);
}

function nameIn(query: Readonly<Record<string, unknown>>, what: 'group' | 'consumer'): string {
  const text = checkedName(query[what], what);
  if (!text.startsWith('orion-bus-')) return text;
  throw malformed('Names that begin with orion-bus- are the tool’s own.');
}

function wholeIn(
  query: Readonly<Record<string, unknown>>,
  what: 'credit' | 'patience',
  usual: number,
  most: number,
): number {
  const text = query[what];
  if (text === undefined) return usual;
  const value = typeof text === 'string' && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw malformed(`${what} is a whole number from 1 to ${most}.`);
}

function startIn(text: unknown): GroupStart | null {
  if (text === undefined) return null;
  if (text === 'beginning' || text === 'tip') return text;
  if (typeof text === 'string' && isEntryId(text)) return entryId(text);
  throw malformed('start is beginning, tip or an entry id such as 1767607200000-0.');
}

function malformed(message: string): OrionError {
  return new OrionError({ kind: 'usage', code: 'http.query', message });
}
