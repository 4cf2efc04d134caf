import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { messageOf, OrionError } from '../problems/index.js';
import { consumerName, type EntryId, isEntryId } from '../redis/index.js';
import type { GroupPlace, SweepPage } from '../steps/index.js';

/*
 * The plan of a bulk change, to be looked at, kept and carried out later: NDJSON, first a line that says
 * what it is, then a line an entry, as it was seen. Written and read line by line, since a plan may have
 * a million of them.
 */

const HEAD = { v: 1, plan: 'claim' } as const;

interface PlanLine {
  readonly stream: string;
  readonly group: string;
  readonly id: EntryId;
  readonly consumer: string;
  readonly deliveries: number;
  readonly idleMs: number;
}

/** Writes what the pages chose, readable by its owner alone. @returns how many entries @throws {OrionError} `plan.unwritable` */
export async function writePlan(path: string, pages: AsyncIterable<SweepPage>): Promise<number> {
  // A plan that was broken off must not be taken for a whole one.
  const file = createWriteStream(`${path}.new`, { mode: 0o600 });
  let count = 0;
  try {
    await once(file, 'open');
    file.write(`${JSON.stringify(HEAD)}\n`);
    for await (const { place, chosen } of pages) {
      count += chosen.length;
      const lines = chosen.map((entry) => `${JSON.stringify({ ...place, ...entry })}\n`);
      if (!file.write(lines.join(''))) await once(file, 'drain');
    }
    file.end();
    await once(file, 'finish');
    await rename(`${path}.new`, path);
    return count;
  } catch (error) {
    if (error instanceof OrionError) throw error;
    throw new OrionError({
      kind: 'prerequisite',
      code: 'plan.unwritable',
      message: `The plan could not be written to ${path}: ${messageOf(error)}`,
      hint: 'Nothing was changed.',
      cause: error,
    });
  } finally {
    file.destroy();
  }
}

const PAGE = 1_000;

/**
 * Reads a plan, page by page. The entries are as they were seen then; whoever carries them out compares.
 * @param places the groups that may be changed
 * @throws {OrionError} `plan.unreadable`; `plan.foreign` for an entry of another group
 */
export async function* readPlan(
  path: string,
  places: readonly GroupPlace[],
): AsyncGenerator<SweepPage> {
  const known = new Map(places.map((place) => [keyOf(place), place]));
  let place: GroupPlace | null = null;
  let chosen: SweepPage['chosen'][number][] = [];
  const page = (at: GroupPlace): SweepPage => {
    const full = { place: at, chosen, notIdle: 0, held: 0, looked: chosen.length };
    chosen = [];
    return full;
  };
  for await (const { stream, group, ...entry } of planLines(path)) {
    const here = known.get(keyOf({ stream, group }));
    if (here === undefined) throw foreign(path, stream, group);
    if (place !== null && (here !== place || chosen.length === PAGE)) yield page(place);
    place = here;
    chosen.push({ ...entry, consumer: consumerName(entry.consumer) });
  }
  if (place !== null) yield page(place);
}

async function* planLines(path: string): AsyncGenerator<PlanLine> {
  const input = createReadStream(path);
  let number = 0;
  try {
    await once(input, 'open');
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      const value: unknown = JSON.parse(text);
      if (number === 1) {
        if (!isHead(value)) throw new Error('it does not begin as a plan of this version does');
      } else {
        if (!isPlanLine(value)) throw new Error('a line is no planned entry');
        yield value;
      }
    }
    if (number === 0) throw new Error('it is empty');
  } catch (error) {
    if (error instanceof OrionError) throw error;
    throw new OrionError({
      kind: 'usage',
      code: 'plan.unreadable',
      message: `The plan ${path} cannot be read${number === 0 ? '' : ` at line ${number}`}: ${messageOf(error)}`,
      hint: 'Nothing was changed by it. A plan is what --plan-out has written.',
      cause: error,
    });
  } finally {
    input.destroy();
  }
}

function isHead(value: unknown): boolean {
  return isRecord(value) && value['v'] === HEAD.v && value['plan'] === HEAD.plan;
}

function isPlanLine(value: unknown): value is PlanLine {
  return (
    isRecord(value) &&
    ['stream', 'group', 'consumer'].every((name) => typeof value[name] === 'string') &&
    ['deliveries', 'idleMs'].every((name) => Number.isSafeInteger(value[name])) &&
    typeof value['id'] === 'string' &&
    isEntryId(value['id'])
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function keyOf({ stream, group }: { readonly stream: string; readonly group: string }): string {
  return JSON.stringify([stream, group]);
}

function foreign(path: string, stream: string, group: string): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'plan.foreign',
    message: `The plan ${path} has entries of ${group} on ${stream}, which were not asked for.`,
    hint: 'Name the module or group that the plan was made for.',
  });
}
