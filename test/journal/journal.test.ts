import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/index.js';
import { systemClock as clock, type JsonObject } from '../../src/problems/index.js';
import { entry, hashOf, journalFile, newStateDir, written } from './fixture.js';

describe('a journal', () => {
  it('is empty where there is none, and reading makes none', async () => {
    const stateDir = await newStateDir();
    const view = await Journal.read(stateDir);
    expect(view).toMatchObject({ id: null, records: [], torn: null, damage: null });
    await expect(stat(stateDir)).rejects.toThrow('ENOENT');
  });

  it('belongs to its owner alone, also where it was opened up by hand', async () => {
    const stateDir = await newStateDir();
    await written(stateDir, 1);
    await chmod(journalFile(stateDir), 0o644);
    await written(stateDir, 1);
    const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
    expect(await modeOf(stateDir)).toBe(0o700);
    expect(await modeOf(journalFile(stateDir))).toBe(0o600);
  });

  it('leaves the mode of a directory alone that was there before', async () => {
    const stateDir = await newStateDir();
    await mkdir(stateDir, { mode: 0o750 });
    await written(stateDir, 1);
    expect((await stat(stateDir)).mode & 0o777).toBe(0o750);
  });

  it('has one record a line, chained by hashes that anybody can compute', async () => {
    const stateDir = await newStateDir();
    const lines = await written(stateDir, 3);
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(records.map(({ hash }) => hash)).toEqual(lines.map(hashOf));
    expect(records.slice(1).map(({ prev }) => prev)).toEqual(
      records.slice(0, 2).map((r) => r['hash']),
    );
    expect(Object.keys(records[0] ?? {})).toEqual([
      'at',
      'data',
      'hash',
      'prev',
      'redisAt',
      'run',
      'seq',
      'type',
      'v',
    ]);
    expect(records[0]).toMatchObject({ v: 1, redisAt: '2023-11-14T22:13:20.001Z', run: 'r1' });
  });

  it('is named by its first record and keeps that name', async () => {
    const stateDir = await newStateDir();
    const [first = ''] = await written(stateDir, 1);
    await written(stateDir, 2);
    const { id, records } = await Journal.read(stateDir);
    expect(records).toHaveLength(3);
    expect(id).toBe(hashOf(first));
  });

  it('takes records that are appended at once in the order of the calls', async () => {
    const stateDir = await newStateDir();
    const journal = await Journal.open(stateDir, { clock });
    const appended = await Promise.all([...Array(30).keys()].map((n) => journal.append(entry(n))));
    await journal.close();
    expect(appended.map(({ data }) => data['n'])).toEqual([...Array(30).keys()]);
    expect((await Journal.read(stateDir)).records).toEqual(appended);
  });

  it('gives back any JSON as it was appended', async () => {
    const stateDir = await newStateDir();
    const journal = await Journal.open(stateDir, { clock });
    const data = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(data, async (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as JsonObject;
        const record = await journal.append(entry(1, { step: 'turn', data: plain }));
        expect(record.data).toEqual(plain);
      }),
      { numRuns: 200 },
    );
    await journal.close();
    const { records, damage, torn } = await Journal.read(stateDir);
    expect({ damage, torn }).toEqual({ damage: null, torn: null });
    expect(records).toEqual(journal.records);
  });

  it('is read whole whatever the length of its lines', async () => {
    const stateDir = await newStateDir();
    const journal = await Journal.open(stateDir, { clock });
    const mebibyte = 1 << 20;
    for (const length of [1, mebibyte - 300, 10, 3 * mebibyte, mebibyte, 5]) {
      await journal.append(entry(length, { data: { filling: 'é'.repeat(length / 2) } }));
    }
    await journal.close();
    const view = await Journal.read(stateDir);
    expect(view.damage).toBeNull();
    expect(view.records.map(({ hash }) => hash)).toEqual(journal.records.map(({ hash }) => hash));
  });
});

describe('a torn last line', () => {
  it('is reported, cut and noted wherever it was torn', async () => {
    const whole = (await written(await newStateDir(), 2)).join('\n');
    const firstEnds = whole.indexOf('\n') + 1;
    const stateDir = await newStateDir();
    const path = journalFile(stateDir);
    await mkdir(dirname(path), { recursive: true });
    // The last of these has every byte of the record and lacks the line's end alone.
    for (let length = firstEnds; length <= whole.length; length += 1) {
      const bytes = length - firstEnds;
      await writeFile(path, whole.slice(0, length));
      const { records, torn, damage } = await Journal.read(stateDir);
      expect({ records: records.length, torn: torn?.bytes, damage }).toEqual({
        ...{ records: 1, torn: bytes === 0 ? undefined : bytes, damage: null },
      });

      const journal = await Journal.open(stateDir, { clock });
      expect((await stat(path)).size).toBe(firstEnds);
      const noted = await journal.append(entry(7));
      const after = await journal.append(entry(8));
      await journal.close();
      expect(noted.data).toEqual(
        bytes === 0
          ? { n: 7 }
          : {
              n: 7,
              tornBefore: { line: 2, bytes, head: whole.slice(firstEnds, length).slice(0, 200) },
            },
      );
      expect(after.data).toEqual({ n: 8 });
      expect(await Journal.read(stateDir)).toMatchObject({ torn: null, damage: null });
    }
  });

  it('is no harm in a journal of one record', async () => {
    const stateDir = await newStateDir();
    await written(stateDir, 1);
    const path = journalFile(stateDir);
    await writeFile(path, (await readFile(path)).subarray(0, 40));
    const journal = await Journal.open(stateDir, { clock });
    expect(journal).toMatchObject({ id: null, torn: { line: 1, bytes: 40 } });
    expect((await journal.append(entry(1))).seq).toBe(1);
    await journal.close();
  });
});
