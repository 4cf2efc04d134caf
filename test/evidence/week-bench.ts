import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readSamples, SampleLog } from '../../src/evidence/index.js';
import { busySample, EVERY_MS } from './week.js';

/*
 * What a week of samples costs, by `npm run bench:samples`: its size, the time to go through it and
 * the memory of the process that did.
 */
it('a week of samples', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'orion-week-'));
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const startMs = Date.parse('2026-03-02T00:00:00Z');
  const samples = (7 * 86_400_000) / EVERY_MS;
  const log = new SampleLog(stateDir);
  for (let n = 0; n < samples; n += 1) await log.append(busySample(n, startMs));

  const folder = join(stateDir, 'samples');
  const files = await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const began = performance.now();
  let [found, worst, most] = [0, 0, 0];
  for await (const sample of readSamples(stateDir, range)) {
    found += 1;
    for (const { lag } of sample.groups) worst = Math.max(worst, lag ?? 0);
    if (found % 1_000 === 0) most = Math.max(most, process.memoryUsage.rss());
  }
  const seconds = (performance.now() - began) / 1_000;
  const mb = (count: number): string => (count / 2 ** 20).toFixed(1);
  process.stdout.write(
    `${found} samples, ${mb(bytes)} MB, read in ${seconds.toFixed(2)} s, ${mb(most)} MB resident\n`,
  );
  expect([found, worst]).toEqual([samples, 3]);
});
