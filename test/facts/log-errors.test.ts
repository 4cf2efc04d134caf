import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countLines, errorsSince, logPosition } from '../../src/facts/index.js';

const ERROR = '\\b(?:ERROR|CRITICAL|FATAL|Traceback|Unhandled)\\b';

let folder: string;
let log: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orion-log-'));
  log = join(folder, 'module.log');
});

afterEach(() => rm(folder, { recursive: true }));

const position = () => logPosition(log, 'orion-memory', 0);
const count = async (from: Awaited<ReturnType<typeof position>>) =>
  (await errorsSince(from, ERROR)).count;

describe('the errors of a log', () => {
  it('are those written since', async () => {
    await writeFile(log, 'ERROR long ago\n');
    const from = await position();
    expect(await count(from)).toBe(0);
    await appendFile(
      log,
      'INFO fine\n2026-01-01 ERROR one\nWARN no\nTraceback (most recent call last):\n',
    );
    expect(await count(from)).toBe(2);
    expect(await count(await position())).toBe(0);
  });

  it.each([
    ['ERROR: it failed', 1],
    ['[CRITICAL] it failed', 1],
    ['FATAL it failed', 1],
    ['Traceback (most recent call last):', 1],
    ['Unhandled promise rejection', 1],
    ['INFO 0 errors, no ERRORS_FOUND', 0],
    ['error_count=0 TERROR', 0],
    ['', 0],
  ])('%j counts %i', async (line, expected) => {
    const from = await position();
    await writeFile(log, `${line}\n`);
    expect(await count(from)).toBe(expected);
  });

  it('count a last line that is not ended yet', async () => {
    const from = await position();
    await writeFile(log, 'INFO fine\nERROR in the middle of be');
    expect(await count(from)).toBe(1);
  });

  it('are counted once across the pieces in which a long log is read', async () => {
    const from = await position();
    const lines = Array.from({ length: 5_000 }, (_, i) =>
      i % 10 === 0 ? `ERROR ${i}` : `INFO ü${i}`,
    );
    await writeFile(log, `${lines.join('\n')}\n${'x'.repeat(200_000)}\nERROR last\n`);
    expect(await count(from)).toBe(501);
  });

  it('of a log that was rotated are those of the new file', async () => {
    await writeFile(log, 'INFO a long first line of the old file\n');
    const from = await position();
    await appendFile(log, 'ERROR in the old file\n');
    await rename(log, `${log}.1`);
    await writeFile(log, 'ERROR one\nERROR two\nINFO and more, so that the new file is longer\n');
    expect(await count(from)).toBe(2);
  });

  it('of a log that was cut short are those from its start', async () => {
    await writeFile(log, 'ERROR a long first line of the old log\n');
    const from = await position();
    await truncate(log, 0);
    await appendFile(log, 'ERROR new\n');
    expect(await count(from)).toBe(1);
  });

  it('of a log that did not exist yet are all of it', async () => {
    const from = await position();
    expect(await errorsSince(from, ERROR)).toEqual({
      count: null,
      reason: `${log} does not exist`,
    });
    await writeFile(log, 'ERROR first\n');
    expect(await count(from)).toBe(1);
  });

  it('are unknown, not none, where there is no log or none can be read', async () => {
    const none = await logPosition(null, 'orion-memory', 0);
    expect(await errorsSince(none, ERROR)).toEqual({ count: null, reason: 'no log is configured' });
    const place = await logPosition(folder, 'orion-memory', 0);
    expect(await errorsSince(place, ERROR)).toEqual({
      count: null,
      reason: `${folder} cannot be read`,
    });
  });

  it('of the journal have a time for their position', async () => {
    expect(await logPosition('journal', 'orion-memory', 1_700_000_000_123)).toEqual({
      kind: 'journal',
      service: 'orion-memory',
      sinceMs: 1_700_000_000_123,
    });
  });

  it('counted look after look are each in one of them', async () => {
    const patterns = { error: /ERROR/, critical: /FATAL ERROR/ };
    const looks: unknown[] = [];
    let from = await position();
    const look = async () => {
      const { counts, next } = await countLines(from, patterns);
      from = next;
      looks.push(counts);
    };
    await look();
    await writeFile(log, 'ERROR ä\nFATAL ERROR b\nERR');
    await look();
    await appendFile(log, 'OR c\n');
    await look();
    await look();
    await rename(log, `${log}.1`);
    await writeFile(log, 'ERROR new\n');
    await look();
    expect(looks).toEqual([
      null,
      { error: 2, critical: 1 },
      { error: 1, critical: 0 },
      { error: 0, critical: 0 },
      { error: 1, critical: 0 },
    ]);
  });
});
