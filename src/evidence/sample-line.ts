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
  const reader = { change, at: 5, atMs, mask: 0 };
  return {
    atMs,
    clock: clock === 0 ? 'redis' : 'host',
    sinceMs: sinceMs as Sample['sinceMs'],
    redisLogErrors: redisLogErrors as Sample['redisLogErrors'],
    target: takeRow(reader, base.target, takeBus),
    source: takeRow(reader, base.source, takeBus),
    streams: base.streams.map((row) => takeRow(reader, row, takeStream)),
    groups: base.groups.map((row) => takeRow(reader, row, takeGroup)),
    modules: base.modules.map((row) => takeRow(reader, row, takeModule)),
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
    const isLeast = name === 'lagAtLeast' && 'lag' in base && 'lagAtLeast' in base && 'lag' in now;
    const expected = isLeast ? leastLag(base, now.lag) : base[name];
    if (isSame(expected, now[name])) continue;
    mask |= 1 << index;
    change.push(shortened(base[name], now[name], atMs));
  }
  change[maskAt] = mask;
}

/**
 * Where a change line is being read. The functions below take one column after the other, so their order
 * is that of the columns above. Each builds its row in one piece: a week has a million and a half of them.
 */
interface ChangeReader {
  readonly change: Change;
  readonly atMs: number;
  at: number;
  /** The bits of the columns that are still to be taken. */
  mask: number;
}

/** Rows that did not change are shared, so that a week of them needs little memory to fold over. */
function takeRow<Row>(
  reader: ChangeReader,
  base: Row,
  read: (reader: ChangeReader, base: Row) => Row,
): Row {
  reader.mask = Number(reader.change[reader.at]);
  reader.at += 1;
  return reader.mask === 0 ? base : read(reader, base);
}

/** @param unchanged its value where the line does not tell it */
function take<Value>(reader: ChangeReader, before: Value, unchanged: Value = before): Value {
  const isTold = (reader.mask & 1) === 1;
  reader.mask >>>= 1;
  if (!isTold) return unchanged;
  const value = reader.change[reader.at];
  reader.at += 1;
  // The checksum vouches for the value; its column says what it is.
  return lengthened(before, value, reader.atMs) as Value;
}

function takeBus(reader: ChangeReader, base: BusSample): BusSample {
  return {
    service: take(reader, base.service),
    healthy: take(reader, base.healthy),
    healthMs: take(reader, base.healthMs),
    pid: take(reader, base.pid),
    rssBytes: take(reader, base.rssBytes),
    refused: take(reader, base.refused),
    contractLogErrors: take(reader, base.contractLogErrors),
  };
}

function takeStream(reader: ChangeReader, base: StreamSample): StreamSample {
  return {
    stream: take(reader, base.stream),
    length: take(reader, base.length),
    entriesAdded: take(reader, base.entriesAdded),
    checked: take(reader, base.checked),
    unchecked: take(reader, base.unchecked),
    violations: take(reader, base.violations),
    bySource: take(reader, base.bySource),
    publishP95Ms: take(reader, base.publishP95Ms),
  };
}

function takeGroup(reader: ChangeReader, base: GroupSample): GroupSample {
  const stream = take(reader, base.stream);
  const group = take(reader, base.group);
  const module = take(reader, base.module);
  const side = take(reader, base.side);
  const cursor = take(reader, base.cursor);
  const lag = take(reader, base.lag);
  return {
    stream,
    group,
    module,
    side,
    cursor,
    lag,
    lagAtLeast: take(reader, base.lagAtLeast, leastLag(base, lag)),
    pending: take(reader, base.pending),
    parked: take(reader, base.parked),
    entriesRead: take(reader, base.entriesRead),
    consumers: take(reader, base.consumers),
    oldestPendingMs: take(reader, base.oldestPendingMs),
    oldestUndeliveredMs: take(reader, base.oldestUndeliveredMs),
    headroomEntries: take(reader, base.headroomEntries),
    lost: take(reader, base.lost),
    handlingMs: take(reader, base.handlingMs),
  };
}

function takeModule(reader: ChangeReader, base: ModuleSample): ModuleSample {
  return {
    module: take(reader, base.module),
    service: take(reader, base.service),
    pid: take(reader, base.pid),
    settings: take(reader, base.settings),
    errors: take(reader, base.errors),
    critical: take(reader, base.critical),
  };
}

/** A lag that is known is what it is at least, and needs not be told twice. */
function leastLag<Least>(
  base: { readonly lag: unknown; readonly lagAtLeast: Least },
  lag: unknown,
): Least | number {
  return typeof lag === 'number' && lag !== base.lag ? lag : base.lagAtLeast;
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
