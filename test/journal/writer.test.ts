import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { Journal, type JournalRecord, UnwritableJournal } from '../../src/journal/index.js';
import { systemClock as clock } from '../../src/problems/index.js';
import { entry, failure, journalFile, newStateDir, startOperator } from './fixture.js';

describe('a writer that is killed', () => {
  it('leaves a journal that opens with every record it was told to be on the disk', async () => {
    const stateDir = await newStateDir();
    const acknowledged: unknown[] = [];
    for (const records of [1, 7, 23]) {
      const operator = await startOperator('', 'append', { stateDir, bytes: 60_000 });
      for (let n = 0; n < records; n += 1) acknowledged.push(await operator.next());
      operator.signal('SIGKILL');
      for (let event = await operator.next(); event; event = await operator.next()) {
        acknowledged.push(event);
      }
      await operator.ended;
      const journal = await Journal.open(stateDir, { clock });
      const found = journal.records.map(({ seq, hash }) => ({ seq, hash }));
      expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
      // What was written and not yet acknowledged may be there, or torn and cut: one record at most.
      expect(found.length - acknowledged.length).toBeLessThanOrEqual(1);
      acknowledged.splice(0, acknowledged.length, ...found);
      await journal.close();
    }
  });
});

describe('a second writer', () => {
  it.each<[string, (path: string) => Promise<unknown>]>([
    ['appends', (path) => appendFile(path, 'x')],
    ['cuts', async (path) => writeFile(path, (await readFile(path)).subarray(0, -1))],
    ['deletes', (path) => rm(path)],
    [
      'puts the same file in its place',
      async (path) => {
        await writeFile(`${path}.copy`, await readFile(path));
        await rename(`${path}.copy`, path);
      },
    ],
    [
      'changes the last record',
      async (path) => writeFile(path, (await readFile(path, 'utf8')).replace('"n":2', '"n":3')),
    ],
  ])('is noticed when it %s, and its file is not touched', async (_, interfere) => {
    const stateDir = await newStateDir();
    const path = journalFile(stateDir);
    const journal = await Journal.open(stateDir, { clock });
    await journal.append(entry(1));
    await journal.append(entry(2));
    await interfere(path);
    const before = await readFile(path, 'utf8').catch(() => null);
    const error = await failure(journal.append(entry(3)));
    expect(error).toMatchObject({ code: 'journal.foreign-writer', kind: 'lease', exitCode: 1 });
    expect(journal.records).toHaveLength(2);
    expect(await readFile(path, 'utf8').catch(() => null)).toBe(before);
    await journal.close();
  });
});

describe('a disk that takes no more', () => {
  const limiter = 'prlimit';

  it('costs the record that did not fit and nothing before it, until it has room again', async () => {
    const stateDir = await newStateDir();
    const limited = [limiter, '--fsize=4096:unlimited'];
    const operator = await startOperator('', 'append', { stateDir, bytes: 1_000 }, limited);
    let stored = 0;
    let event = await operator.next();
    for (; event?.['seq'] !== undefined; event = await operator.next()) stored += 1;
    expect(stored).toBeGreaterThan(0);
    // The record that was refused comes with the error, so that it can be printed.
    expect(event).toEqual({ code: 'journal.unwritable', refused: stored });
    const view = await Journal.read(stateDir);
    expect(view).toMatchObject({ torn: null, damage: null });
    expect(view.records).toHaveLength(stored);

    await execa(limiter, ['--pid', String(operator.pid), '--fsize=unlimited']);
    while (event?.['seq'] === undefined) event = await operator.next();
    expect(event['seq']).toBe(stored + 1);
    operator.signal('SIGKILL');
    await operator.ended;
    expect((await Journal.read(stateDir)).damage).toBeNull();
  });

  it('is named when the journal cannot even be opened', async () => {
    const stateDir = await newStateDir();
    await writeFile(stateDir, 'a file where the directory should be');
    const error = await failure(Journal.open(stateDir, { clock }));
    expect(error).toBeInstanceOf(UnwritableJournal);
    expect(error).toMatchObject({ code: 'journal.unwritable', exitCode: 1, record: null });
    expect(error.message).toContain(stateDir);
    expect(await failure(Journal.read(stateDir))).toMatchObject({ code: 'journal.unreadable' });
  });

  it('does not stop a rollback, which is given each record instead', async () => {
    const stateDir = await newStateDir();
    await writeFile(stateDir, 'a file where the directory should be');
    const lost: JournalRecord[] = [];
    const options = { clock, unstored: (record: JournalRecord) => void lost.push(record) };
    const journal = await Journal.open(stateDir, options);
    const record = await journal.append(entry(1));
    expect(lost).toEqual([record]);
    expect(journal.records).toEqual([]);
    await journal.close();
    const aside = await Journal.setAside(stateDir, options);
    await aside.journal.append(entry(2));
    expect(lost.map(({ data }) => data['n'])).toEqual([1, 2]);
  });
});
