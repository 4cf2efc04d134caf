import type { Contracts } from '../../contracts/index.js';
import type { StreamSample } from '../../evidence/index.js';
import { type Entry, entriesFrom, type StreamLook } from '../../facts/index.js';
import { COUNT_BETWEEN, compareIds, millisecondsOf, type RedisLink } from '../../redis/index.js';
import type { StreamMemory } from './sampling-context.js';

/** A look reads no more entries of a stream than this; the rest are counted as passed over. */
const MOST_ENTRIES = 2_000;
const PAGE = 250;
/** Beyond this nobody counts how many were passed over, where the server does not count itself. */
const MOST_COUNTED = 20_000;
/** A source beyond these is counted under `other`: names come from messages, and may be anything. */
const MOST_SOURCES = 20;
const LONGEST_SOURCE = 60;
const OTHER = 'other';

/** Reads what is new on a stream and holds it against its contract. */
export async function sampleStream(
  link: RedisLink,
  contracts: Contracts | null,
  look: StreamLook,
  type: string,
  before: StreamMemory | undefined,
): Promise<StreamSample> {
  const base = {
    stream: look.stream,
    length: look.length,
    entriesAdded: look.entriesAdded,
    ...{ checked: 0, unchecked: 0, violations: 0, bySource: {}, publishP95Ms: null },
  };
  // What was there before the first sample is not new.
  if (before === undefined) return base;
  const contract = contracts?.get(type) ?? null;
  if (contracts === null || contract === null) {
    return { ...base, unchecked: await arrivedSince(link, look, before) };
  }
  const tally = new StreamTally(contracts, type);
  for await (const page of entriesFrom(link, look.stream, PAGE, before.lastId)) {
    // What came after the look belongs to the next sample.
    const fresh = page.filter(({ id }) => compareIds(id, look.lastGeneratedId) <= 0);
    for (const entry of fresh) tally.add(entry);
    if (fresh.length < page.length || tally.checked >= MOST_ENTRIES) break;
  }
  const { checked } = tally;
  const arrived = checked < MOST_ENTRIES ? checked : await arrivedSince(link, look, before);
  return { ...base, ...tally.figures, unchecked: Math.max(0, arrived - checked) };
}

async function arrivedSince(
  link: RedisLink,
  look: StreamLook,
  before: StreamMemory,
): Promise<number> {
  const counted = look.entriesAdded !== null && before.entriesAdded !== null;
  if (counted) return Math.max(0, (look.entriesAdded ?? 0) - (before.entriesAdded ?? 0));
  const args = [`(${before.lastId}`, look.lastGeneratedId, MOST_COUNTED];
  return Number(await link.script(COUNT_BETWEEN, [look.stream], args));
}

class StreamTally {
  readonly #contracts: Contracts;
  readonly #type: string;
  readonly #bySource = new Map<string, number>();
  readonly #delaysMs: number[] = [];
  #violations = 0;
  checked = 0;

  constructor(contracts: Contracts, type: string) {
    this.#contracts = contracts;
    this.#type = type;
  }

  add({ id, fields }: Entry): void {
    this.checked += 1;
    const text = fields.get('data') ?? '';
    if (!this.#contracts.parse(this.#type, text).valid) this.#violations += 1;
    const { source, timestampMs } = headOf(text);
    if (source !== null) this.#count(source);
    if (timestampMs !== null) this.#delaysMs.push(Math.max(0, millisecondsOf(id) - timestampMs));
  }

  get figures(): Pick<StreamSample, 'checked' | 'violations' | 'bySource' | 'publishP95Ms'> {
    return {
      checked: this.checked,
      violations: this.#violations,
      bySource: Object.fromEntries([...this.#bySource].sort(([a], [b]) => (a < b ? -1 : 1))),
      publishP95Ms: p95(this.#delaysMs),
    };
  }

  #count(source: string): void {
    const known = this.#bySource.has(source) || this.#bySource.size < MOST_SOURCES;
    const name = known && source.length <= LONGEST_SOURCE ? source : OTHER;
    this.#bySource.set(name, (this.#bySource.get(name) ?? 0) + 1);
  }
}

/** What stands at the head of a message, valid or not. */
function headOf(text: string): { source: string | null; timestampMs: number | null } {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== 'object' || message === null) throw new SyntaxError('no object');
    const source: unknown = Reflect.get(message, 'source');
    const timestampMs = Date.parse(String(Reflect.get(message, 'timestamp')));
    return {
      source: typeof source === 'string' ? source : null,
      timestampMs: Number.isNaN(timestampMs) ? null : timestampMs,
    };
  } catch {
    return { source: null, timestampMs: null };
  }
}

function p95(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
}
