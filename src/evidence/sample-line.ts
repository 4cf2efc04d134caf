import { crc32 } from 'node:zlib';
import type { BusSample, GroupSample, ModuleSample, Sample, StreamSample } from './sample.js';

/*
 * How a sample stands in its file: one line, `<checksum> <JSON>`.
 *
 * A full line holds the whole sample as an object. A change line holds an array of what changed since
 * the line before. Numbers are differences, and a cursor is told by its distance from the sample's time, since both are
 * short. Every column keeps its place for ever: new ones are added at the end, may be null, and are
 * null in older files.
 *
 * The checksum of a full line is the CRC-32 of its JSON, in hexadecimal; that of a change line goes on
 * from the checksum of the line it builds on. So one comparison finds a damaged line and a line whose
 * base is missing alike.
 */

/** A sample with what the next line needs to build on it. */
export interface WrittenSample {
  readonly sample: Sample;
  readonly checksum: number;
}

/** The sample as a line without its end; a full one where there is nothing to build on. */
export function sampleLine(
  sample: Sample,
  base: WrittenSample | null,
): { readonly line: string; readonly written: WrittenSample } {
  const change = base === null ? null : changeOf(base.sample, sample);
  const json = JSON.stringify(change ?? sample);
  const checksum = crc32(json, change === null || base === null ? 0 : base.checksum);
  return { line: `${hexOf(checksum)} ${json}`, written: { sample, checksum } };
}

/** Reads a line; null where it is damaged, or builds on a line that is not `base`. */
export function readSampleLine(line: string, base: WrittenSample | null): WrittenSample | null {
  const json = line.slice(CHECKSUM_LENGTH + 1);
  const isChange = json.startsWith('[');
  if (isChange && base === null) return null;
  const checksum = crc32(json, isChange ? (base?.checksum ?? 0) : 0);
  if (line.slice(0, CHECKSUM_LENGTH + 1) !== `${hexOf(checksum)} `) return null;
  // What carries its checksum was written by `sampleLine`, and needs no look at every field.
  if (!isChange) return { sample: completed(JSON.parse(json) as Sample), checksum };
  if (base === null) return null;
  return { sample: applied(base.sample, JSON.parse(json) as Change), checksum };
}

const CHECKSUM_LENGTH = 8;

function hexOf(checksum: number): string {
  return checksum.toString(16).padStart(CHECKSUM_LENGTH, '0');
}

/**
 * One flat list, which is the quickest to read: the time since the base, the clock, `sinceMs`,
 * `redisLogErrors`, the validation; then, row by row, a mask of the columns that changed and a value
 * for each of its bits. The rows are target, source, streams, groups and modules, as in the base.
 */
type Change = readonly unknown[];

const BUS_COLUMNS = columns<BusSample>({
  service: 0,
  healthy: 0,
  healthMs: 0,
  pid: 0,
  rssBytes: 0,
  refused: 0,
  contractLogErrors: 0,
});

const STREAM_COLUMNS = columns<StreamSample>({
  stream: 0,
  length: 0,
  entriesAdded: 0,
  checked: 0,
  unchecked: 0,
  violations: 0,
  bySource: 0,
  publishP95Ms: 0,
});

const GROUP_COLUMNS = columns<GroupSample>({
  stream: 0,
  group: 0,
  module: 0,
  side: 0,
  cursor: 0,
  lag: 0,
  lagAtLeast: 0,
  pending: 0,
  parked: 0,
  entriesRead: 0,
  consumers: 0,
  oldestPendingMs: 0,
  oldestUndeliveredMs: 0,
  headroomEntries: 0,
  lost: 0,
  handlingMs: 0,
});

const MODULE_COLUMNS = columns<ModuleSample>({
  module: 0,
  service: 0,
  pid: 0,
  settings: 0,
  errors: 0,
  critical: 0,
});

type Columns<Row> = readonly (keyof Row & string)[];

/** The names in their order; the compiler sees to it that none is forgotten. */
function columns<Row>(
  names: Readonly<Record<keyof Row & string, 0>>,
): readonly (keyof Row & string)[] {
  // Object.keys only knows that it returns texts.
  return Object.keys(names) as (keyof Row & string)[];
}

/** Null where the rows are not the same ones: then only a full line can tell. */
function changeOf(base: Sample, now: Sample): Change | null {
  const { atMs } = now;
  const change: unknown[] = [
    atMs - base.atMs,
    now.clock === 'redis' ? 0 : 1,
    now.sinceMs,
    now.redisLogErrors,
    now.validation,
  ];
  addRow(change, BUS_COLUMNS, base.target, now.target, atMs);
  addRow(change, BUS_COLUMNS, base.source, now.source, atMs);
  const same =
    addRows(change, STREAM_COLUMNS, ['stream'], base.streams, now.streams, atMs) &&
    addRows(change, GROUP_COLUMNS, ['stream', 'group'], base.groups, now.groups, atMs) &&
    addRows(change, MODULE_COLUMNS, ['module'], base.modules, now.modules, atMs);
  return same ? change : null;
}

function applied(base: Sample, change: Change): Sample {
  const [elapsedMs, clock, sinceMs, redisLogErrors, validation] = change;
  const atMs = base.atMs + Number(elapsedMs);
  const reader = { change, at: 5, atMs };
  return {
    atMs,
    clock: clock === 0 ? 'redis' : 'host',
    sinceMs: sinceMs as Sample['sinceMs'],
    redisLogErrors: redisLogErrors as Sample['redisLogErrors'],
    target: takeRow(reader, BUS_COLUMNS, base.target),
    source: takeRow(reader, BUS_COLUMNS, base.source),
    streams: base.streams.map((row) => takeRow(reader, STREAM_COLUMNS, row)),
    groups: base.groups.map((row) => takeRow(reader, GROUP_COLUMNS, row)),
    modules: base.modules.map((row) => takeRow(reader, MODULE_COLUMNS, row)),
    validation: validation as Sample['validation'],
  };
}

/** @returns false where they are not the same rows in the same order */
function addRows<Row extends object>(
  change: unknown[],
  names: Columns<Row>,
  identity: Columns<Row>,
  base: readonly Row[],
  now: readonly Row[],
  atMs: number,
): boolean {
  if (base.length !== now.length) return false;
  for (const [index, row] of now.entries()) {
    const before = base[index];
    if (before === undefined || identity.some((name) => before[name] !== row[name])) return false;
    addRow(change, names, before, row, atMs);
  }
  return true;
}

function addRow<Row extends object>(
  change: unknown[],
  names: Columns<Row>,
  base: Row,
  now: Row,
  atMs: number,
): void {
  let mask = 0;
  const maskAt = change.push(mask) - 1;
  for (const [index, name] of names.entries()) {
    const expected = name === 'lagAtLeast' ? leastLag(base, now) : base[name];
    if (isSame(expected, now[name])) continue;
    mask |= 1 << index;
    change.push(shortened(base[name], now[name], atMs));
  }
  change[maskAt] = mask;
}

interface ChangeReader {
  readonly change: Change;
  readonly atMs: number;
  at: number;
}

/** Rows that did not change are shared, so that a week of them needs little memory to fold over. */
function takeRow<Row extends object>(reader: ChangeReader, names: Columns<Row>, base: Row): Row {
  let mask = Number(reader.change[reader.at]);
  reader.at += 1;
  if (mask === 0) return base;
  const row: Row = { ...base };
  while (mask !== 0) {
    const name = names[31 - Math.clz32(mask & -mask)];
    mask &= mask - 1;
    if (name === undefined) continue;
    // The checksum vouches for the value; its column says what it is.
    row[name] = lengthened(base[name], reader.change[reader.at], reader.atMs) as Row[typeof name];
    reader.at += 1;
    // A later bit of the mask sets it where it is something else.
    if (name === 'lag') Reflect.set(row, 'lagAtLeast', leastLag(base, row));
  }
  return row;
}

/** A lag that is known is what it is at least, and needs not be told twice. */
function leastLag(base: object, now: object): unknown {
  const lag: unknown = Reflect.get(now, 'lag');
  const isNew = typeof lag === 'number' && lag !== Reflect.get(base, 'lag');
  return isNew ? lag : Reflect.get(base, 'lagAtLeast');
}

function isSame(before: unknown, now: unknown): boolean {
  if (typeof now !== 'object' || now === null) return before === now;
  return JSON.stringify(before) === JSON.stringify(now);
}

/** Only what `lengthened` turns back into exactly the same value is made shorter. */
function shortened(before: unknown, now: unknown, atMs: number): unknown {
  if (Number.isSafeInteger(before) && Number.isSafeInteger(now)) {
    return Number(now) - Number(before);
  }
  if (typeof now === 'string') {
    const id = /^([1-9]\d{0,14})-(\d+)$/.exec(now);
    if (id === null) return now;
    const agoMs = atMs - Number(id[1]);
    return id[2] === '0' ? agoMs : `~${agoMs}-${id[2]}`;
  }
  if (isCounts(before) && isCounts(now) && sameNames(before, now)) return Object.values(now);
  return now;
}

function lengthened(before: unknown, value: unknown, atMs: number): unknown {
  if (typeof value === 'number') {
    if (typeof before === 'string') return `${atMs - value}-0`;
    const isDifference = Number.isSafeInteger(before) && Number.isSafeInteger(value);
    return isDifference ? Number(before) + value : value;
  }
  if (typeof value === 'string' && value.startsWith('~')) {
    const dash = value.lastIndexOf('-');
    return `${atMs - Number(value.slice(1, dash))}${value.slice(dash)}`;
  }
  if (Array.isArray(value) && isCounts(before)) {
    const names = Object.keys(before);
    return Object.fromEntries(names.map((name, index) => [name, value[index]]));
  }
  return value;
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sameNames(before: object, now: object): boolean {
  return Object.keys(before).join('\n') === Object.keys(now).join('\n');
}

/** A full line of an older version: the columns it did not know are null. */
function completed(sample: Sample): Sample {
  const complete = <Row extends object>(names: Columns<Row>, row: Row): Row =>
    ({ ...Object.fromEntries(names.map((name) => [name, null])), ...row }) as Row;
  return {
    ...sample,
    target: complete(BUS_COLUMNS, sample.target),
    source: complete(BUS_COLUMNS, sample.source),
    streams: sample.streams.map((row) => complete(STREAM_COLUMNS, row)),
    groups: sample.groups.map((row) => complete(GROUP_COLUMNS, row)),
    modules: sample.modules.map((row) => complete(MODULE_COLUMNS, row)),
  };
}
