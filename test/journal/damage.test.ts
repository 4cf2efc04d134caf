import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/index.js';
import { seal } from '../../src/journal/record.js';
import { systemClock as clock } from '../../src/problems/index.js';
import { entry, failure, journalFile, newStateDir, written } from './fixture.js';

async function stateDirWith(content: string | Buffer): Promise<string> {
  const stateDir = await newStateDir();
  await mkdir(dirname(journalFile(stateDir)), { recursive: true });
  await writeFile(journalFile(stateDir), content);
  return stateDir;
}

describe('a journal that was tampered with', () => {
  it('shows it, whichever byte was changed to whatever', async () => {
    const stateDir = await newStateDir();
    const journal = await Journal.open(stateDir, { clock });
    // Text in which a changed byte could decode to the same characters: escapes, replacement marks.
    const texts = ['\ufffd"\ufffd\u0001', '\ud800é', ',"hash":"', '"prev":"', '1e3'];
    for (const text of texts) await journal.append(entry(1, { step: 's', data: { [text]: text } }));
    await journal.close();
    const path = journalFile(stateDir);
    const sound = await readFile(path);
    const lastByte = sound.length - 1;
    const changed = fc.record({
      at: fc.nat({ max: lastByte }),
      to: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x0a, 0x20, 0x46, 0xed, 0xf1)),
    });
    await fc.assert(
      fc.asyncProperty(changed, async ({ at, to }) => {
        fc.pre(sound[at] !== to);
        const bytes = Buffer.from(sound);
        bytes[at] = to;
        await writeFile(path, bytes);
        const { damage, torn, records } = await Journal.read(stateDir);
        // Without its very last byte a journal ends in a torn line: it looks like a killed writer's.
        expect(at === lastByte ? torn : damage).not.toBeNull();
        expect(records.length).toBeLessThan(texts.length);
        expect(records).toEqual(journal.records.slice(0, records.length));
      }),
      { numRuns: 1_000 },
    );
  });

  it('shows a changed byte that decodes to the same text', async () => {
    const stateDir = await newStateDir();
    const journal = await Journal.open(stateDir, { clock });
    await journal.append(entry(1, { data: { text: '\ufffd' } }));
    await journal.close();
    const bytes = await readFile(journalFile(stateDir));
    // The beginning of a longer character, cut short, reads as one replacement mark as well.
    bytes[bytes.indexOf('\ufffd')] = 0xf1;
    expect(JSON.parse(bytes.toString())).toEqual(journal.last);
    await writeFile(journalFile(stateDir), bytes);
    expect((await Journal.read(stateDir)).damage).toMatchObject({ kind: 'unparsable', line: 1 });
  });

  it('shows lines that were removed, doubled, swapped or put in', async () => {
    const lines = await written(await newStateDir(), 4);
    const order = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(order, async (picked) => {
        fc.pre(picked.some((line, index) => line !== index));
        const stateDir = await stateDirWith(picked.map((line) => `${lines[line]}\n`).join(''));
        expect((await Journal.read(stateDir)).damage?.kind).toMatch(/sequence|chain/);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['unparsable', 2, (line: string) => line.replace('{', '[')],
    ['unparsable', 2, (line: string) => line.replace('"type":"ack"', '"type":7')],
    ['unparsable', 2, () => ''],
    ['chain', 2, (line: string) => line.replace('"n":2', '"n":3')],
    ['chain', 2, (line: string) => line.replace('"n":2', '"n": 2')],
    ['version', 2, (line: string) => line.replace('"v":1', '"v":2')],
    ['version', 2, (line: string) => resealed(line, { type: 'of.tomorrow' })],
    ['sequence', 2, (line: string) => resealed(line, { seq: 3 })],
    ['chain', 3, (line: string) => resealed(line, { data: { n: 3 } })],
  ])('is told apart: %s in line %i', async (kind, line, spoil) => {
    const [one = '', two = '', three = ''] = await written(await newStateDir(), 3);
    const stateDir = await stateDirWith(`${one}\n${spoil(two)}\n${three}\n`);
    expect((await Journal.read(stateDir)).damage).toMatchObject({ kind, line });
  });
});

describe('a damaged journal', () => {
  const spoilt = async (): Promise<string> => {
    const [one = '', , three = ''] = await written(await newStateDir(), 3);
    return stateDirWith(`${one}\nnonsense\n${three}\n`);
  };

  it('is refused by forward verbs and left as it is', async () => {
    const stateDir = await spoilt();
    const before = await readFile(journalFile(stateDir), 'utf8');
    const error = await failure(Journal.open(stateDir, { clock }));
    expect(error).toMatchObject({ code: 'journal.damaged', kind: 'prerequisite', exitCode: 1 });
    expect(error.message).toContain(journalFile(stateDir));
    expect(error.message).toContain('line 2');
    expect(error.next).toContain('orion-bus rollback --phase 2');
    expect(await readFile(journalFile(stateDir), 'utf8')).toBe(before);
  });

  it('is set aside by a rollback, each time under a name of its own', async () => {
    const stateDir = await spoilt();
    const nonsense = await readFile(journalFile(stateDir), 'utf8');
    const still = { ...clock, now: () => Date.UTC(2025, 10, 23, 3, 4, 5) };
    const first = await Journal.setAside(stateDir, { clock: still });
    expect(first.before.map(({ seq }) => seq)).toEqual([1]);
    expect(first.journal).toMatchObject({ id: null, records: [] });
    await first.journal.append(entry(1));
    await first.journal.close();
    const second = await Journal.setAside(stateDir, { clock: still });
    await second.journal.close();
    expect(await readFile(first.aside ?? '', 'utf8')).toBe(nonsense);
    const name = 'journal.ndjson.damaged-2025-11-23T03-04-05.000Z';
    expect((await readdir(stateDir)).sort()).toEqual(['journal.ndjson', name, `${name}-2`]);
  });
});

/** The line with other content and a hash that fits it. */
function resealed(line: string, change: object): string {
  const { hash: _, ...record } = JSON.parse(line) as Parameters<typeof seal>[0] & { hash: string };
  return seal({ ...record, ...change }).line;
}
