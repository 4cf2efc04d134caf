import { selectGroups } from '../checks/index.js';
import type { Contracts } from '../contracts/index.js';
import {
  busHealth,
  entryAgeMs,
  entryBody,
  type Plan,
  pendingEntries,
  residentBytes,
} from '../facts/index.js';
import { readParkedBody } from '../handoff/index.js';
import type { Json } from '../problems/index.js';
import {
  type Capabilities,
  entryId,
  groupName,
  isServerError,
  type RedisLink,
  streamKey,
  typeOfStream,
} from '../redis/index.js';
import { glanceAtMigration } from '../runbooks/index.js';
import type { Services } from '../services/index.js';
import { GroupsFollower, type GroupsReading } from '../steps/index.js';
import type { Around, ConsumerAt, EntriesShown, MessageShown } from '../ui/index.js';
import { chosenGroups } from './group-choice.js';

export interface FeedContext {
  readonly plan: Plan;
  readonly redis: RedisLink;
  readonly capabilities: Capabilities;
  readonly services: Services;
  readonly contracts: () => Promise<Contracts>;
  /** Only this module or group, as typed. */
  readonly name: string | undefined;
}

/** Everything the live view shows, asked for when it is shown; nothing is changed. */
export class LagFeed {
  readonly #context: FeedContext;
  readonly #follower: GroupsFollower;
  #named = false;

  constructor(context: FeedContext) {
    this.#context = context;
    this.#follower = new GroupsFollower(context);
  }

  /**
   * @throws {OrionError} `group.unknown` at the first look; later a group that is gone is just not there
   */
  async read(): Promise<GroupsReading> {
    const { plan, name } = this.#context;
    const reading = await this.#follower.read();
    if (name === undefined) return reading;
    const names = plan.modules.map((module) => module.name);
    const groups = this.#named
      ? (selectGroups(reading.groups, names, name) ?? [])
      : chosenGroups(reading.groups, plan, name);
    this.#named = true;
    const streams = new Set(groups.map(({ figures }) => figures.stream));
    return {
      ...reading,
      groups,
      streams: reading.streams.filter((each) => streams.has(each.stream)),
    };
  }

  /** Phase, soak and halt by the journal, health and memory of the target bus. */
  async around(): Promise<Around> {
    const { plan, services } = this.#context;
    const { name, url, service } = plan.target;
    const [glance, health, state] = await Promise.all([
      glanceAtMigration(this.#context),
      url === null ? null : busHealth(url, HEALTH_WITHIN_MS),
      // A service manager that cannot be asked leaves the memory unknown.
      service === null ? null : services.state(service).catch(() => null),
    ]);
    const pid = state?.mainPid ?? null;
    return {
      phase: glance.phase,
      soak: glance.soak,
      halt: glance.halt === null ? null : `${glance.halt.reason} (by ${glance.halt.by})`,
      openRun: glance.openRun === null ? null : subjectOf(glance.openRun),
      bus: {
        name,
        healthy: health?.ok ?? null,
        memoryBytes: pid === null ? null : await residentBytes(pid),
      },
    };
  }

  /** The oldest entries that a consumer holds. */
  async entries(at: ConsumerAt, nowMs: number): Promise<EntriesShown> {
    const { redis } = this.#context;
    const pages = pendingEntries(redis, streamKey(at.stream), groupName(at.group), {
      consumer: at.consumer,
    });
    const page = await firstOf(pages);
    const entries = page.slice(0, MOST_ENTRIES).map(({ id, idleMs, deliveries }) => ({
      ...{ id, idleMs, deliveries },
      ageMs: entryAgeMs(id, nowMs) ?? 0,
    }));
    return { ...at, entries, more: page.length > MOST_ENTRIES };
  }

  /** One message, held against the contract of its stream. */
  async message(at: ConsumerAt, id: string): Promise<MessageShown> {
    const { plan, redis, contracts } = this.#context;
    const { stream, group } = at;
    const entry = await entryBody(redis, streamKey(stream), entryId(id));
    const fields =
      entry?.fields ?? new Map((await keptFields(plan.stateDir, stream, group, id)) ?? []);
    const base = { ...at, id, violations: [], warnings: [] };
    if (fields.size === 0) return { ...base, body: { kind: 'gone' } };
    const text = fields.get('data');
    if (text === undefined) {
      return { ...base, body: { kind: 'json', value: Object.fromEntries(fields) } };
    }
    const value = parsed(text);
    if (value === undefined) return { ...base, body: { kind: 'text', text } };
    const type = typeOfStream(plan.streams.prefix, stream);
    const known = type === null ? null : (await contracts()).check(type, value);
    return {
      ...base,
      body: { kind: 'json', value },
      violations: known === null || known.valid ? [] : known.violations,
      warnings: known?.warnings ?? [],
    };
  }
}

const HEALTH_WITHIN_MS = 1_000;
/** More are never read at a glance; `pending` pages through all of them. */
const MOST_ENTRIES = 500;

function subjectOf({ verb, module }: { verb: string; module: string | null }): string {
  return module === null ? verb : `${verb} ${module}`;
}

async function firstOf<Page>(pages: AsyncIterable<readonly Page[]>): Promise<readonly Page[]> {
  try {
    for await (const page of pages) return page;
  } catch (error) {
    // A group that was removed meanwhile has nothing pending.
    if (!isServerError(error) || !error.message.startsWith('NOGROUP')) throw error;
  }
  return [];
}

async function keptFields(
  stateDir: string,
  stream: string,
  group: string,
  id: string,
): Promise<readonly (readonly [string, string])[] | null> {
  try {
    return (await readParkedBody(stateDir, stream, group, entryId(id)))?.fields ?? null;
  } catch {
    // A file that cannot be read leaves the entry without its message.
    return null;
  }
}

/** Undefined where it is no JSON. */
function parsed(text: string): Json | undefined {
  try {
    // What JSON.parse returns is JSON.
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
