import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  appendSample,
  readSamples,
  removeSamplesBefore,
  type Sample,
  SampleLog,
} from '../../src/evidence/index.js';
import { builtPackage } from '../support/built.js';
import { busySample, EVERY_MS } from './week.js';

const START_MS = Date.parse('2026-03-01T00:00:00Z');
const ALWAYS = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const DAY_FILE = '2026-03-01.ndjson';

describe('samples', () => {
  it('are read as they were taken, whoever wrote them', async () => {
    const stateDir = await newStateDir();
    const samples = Array.from({ length: 300 }, (_, n) => busySample(n, START_MS));
    const odd: Sample[] = [
      { ...sampleAt(300), clock: 'host', streams: [], groups: [], redisLogErrors: null },
      { ...sampleAt(301), validation: { exitCode: 3, failed: ['group.lag'] } },
      { ...sampleAt(302), target: { ...sampleAt(302).target, healthMs: 2.5, rssBytes: null } },
      { ...sampleAt(299), streams: [{ ...stream(0), bySource: { other: 3, 'orion-brain': 1 } }] },
    ];
    const log = new SampleLog(stateDir);
    const written = [...samples, ...odd];
    for (const [n, sample] of written.entries()) {
      // A second process adds one now and then, as the daily validation does.
      if (n % 70 === 69) await appendSample(stateDir, sample);
      else await log.append(sample);
    }
    const found = await all(stateDir);
    expect(found.samples).toEqual(written);
    expect(found.damaged).toBe(0);
  });

  it('are given by their own time, over the days', async () => {
    const stateDir = await newStateDir();
    const log = new SampleLog(stateDir);
    const lateMs = START_MS + 86_400_000 - 2 * EVERY_MS;
    for (let n = 0; n < 4; n += 1) await log.append(busySample(n, lateMs));
    expect(await readdir(join(stateDir, 'samples'))).toEqual([DAY_FILE, '2026-03-02.ndjson']);
    const range = { fromMs: lateMs + EVERY_MS, toMs: lateMs + 3 * EVERY_MS };
    const found = (await all(stateDir, range)).samples.map(({ atMs }) => atMs);
    expect(found).toEqual([lateMs + EVERY_MS, lateMs + 2 * EVERY_MS]);
    await removeSamplesBefore(stateDir, START_MS + 86_400_000 + 1);
    expect(await readdir(join(stateDir, 'samples'))).toEqual(['2026-03-02.ndjson']);
  });

  it('are for nobody else to read', async () => {
    const stateDir = await newStateDir();
    await appendSample(stateDir, sampleAt(0));
    const { mode } = await stat(join(stateDir, 'samples'));
    expect(mode & 0o777).toBe(0o700);
    expect((await stat(join(stateDir, 'samples', DAY_FILE))).mode & 0o777).toBe(0o600);
  });

  it('of a week at the default rate take less than 50 MB', async () => {
    const stateDir = await newStateDir();
    const log = new SampleLog(stateDir);
    const samples = 3_000;
    for (let n = 0; n < samples; n += 1) await log.append(busySample(n, START_MS));
    const { size } = await stat(join(stateDir, 'samples', DAY_FILE));
    const perWeek = (size / samples) * ((7 * 86_400_000) / EVERY_MS);
    expect(perWeek / 2 ** 20).toBeLessThan(50);
  });
});

describe('damage', () => {
  it('of a last line that was cut costs that line alone', async () => {
    const stateDir = await newStateDir();
    const log = new SampleLog(stateDir);
    for (let n = 0; n < 3; n += 1) await log.append(sampleAt(n));
    const path = join(stateDir, 'samples', DAY_FILE);
    await writeFile(path, (await readFile(path)).subarray(0, -5));
    expect(await all(stateDir)).toEqual({ samples: [sampleAt(0), sampleAt(1)], damaged: 0 });
    await log.append(sampleAt(3));
    await log.append(sampleAt(4));
    const { samples, damaged } = await all(stateDir);
    expect(samples).toEqual([0, 1, 3, 4].map(sampleAt));
    expect(damaged).toBe(1);
  });

  it('in the middle is counted, and never read for something else', async () => {
    const stateDir = await newStateDir();
    const log = new SampleLog(stateDir);
    for (let n = 0; n < 130; n += 1) await log.append(sampleAt(n));
    const path = join(stateDir, 'samples', DAY_FILE);
    const lines = (await readFile(path, 'utf8')).split('\n');
    const harmed = lines.map((line, n) => (n === 5 ? line.replace(/\d(?=[^\d]*$)/, 'x') : line));
    await writeFile(path, harmed.join('\n'));
    const { samples, damaged } = await all(stateDir);
    // Everything that built on it, up to the next full line.
    expect(damaged).toBe(115);
    expect(samples).toEqual(
      Array.from({ length: 130 }, (_, n) => n)
        .filter((n) => n < 5 || n >= 120)
        .map(sampleAt),
    );
  });

  it('by another file in its folder is none', async () => {
    const stateDir = await newStateDir();
    await appendSample(stateDir, sampleAt(0));
    await appendFile(join(stateDir, 'samples', 'notes.txt'), 'mine');
    expect((await all(stateDir)).samples).toHaveLength(1);
  });

  it('by a kill while it writes is a line at most', async () => {
    const stateDir = await newStateDir();
    const evidence = join(await builtPackage(), 'dist', 'evidence', 'index.js');
    const program = `
      import { SampleLog } from ${JSON.stringify(evidence)};
      const log = new SampleLog(${JSON.stringify(stateDir)});
      const sample = ${JSON.stringify(sampleAt(0))};
      for (let n = 0; ; n += 1) {
        await log.append({ ...sample, atMs: sample.atMs + n });
        process.stdout.write(n + '\\n');
      }`;
    for (const round of [1, 2, 3]) {
      let said = -1;
      const writer = execa(process.execPath, ['--input-type=module', '-e', program], {
        reject: false,
      });
      for await (const line of writer) {
        said = Number(line);
        if (said > 40 * round) writer.kill('SIGKILL');
      }
      await writer;
      const { samples, damaged } = await all(stateDir);
      // Each round begins at 0 again: those of the last are the ones after the last 0.
      const last = samples.slice(samples.findLastIndex(({ atMs }) => atMs === START_MS));
      expect(last.length).toBeGreaterThan(said);
      // What was cut is the end of the file, until the next round writes behind it.
      expect(damaged).toBeLessThan(round);
    }
  });
});

function sampleAt(n: number): Sample {
  return busySample(n, START_MS);
}

function stream(index: number): Sample['streams'][number] {
  const found = sampleAt(0).streams[index];
  if (found === undefined) throw new Error('no such stream');
  return found;
}

async function all(
  stateDir: string,
  range = ALWAYS,
): Promise<{ samples: Sample[]; damaged: number }> {
  const stream = readSamples(stateDir, range);
  const samples: Sample[] = [];
  for await (const sample of stream) samples.push(sample);
  return { samples, damaged: stream.damaged };
}

async function newStateDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'orion-samples-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
