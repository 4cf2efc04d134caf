import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/cli/progress.js';
import { systemClock } from '../../src/problems/index.js';

describe('progress', () => {
  it('is a line written over in a terminal, and taken away at the end', () => {
    const { said } = play(true, [100, 300, 400, 600]);
    expect(said).toBe('\r\x1b[Kclaiming: 2 of 4 (50 %)\r\x1b[Kclaiming: 4 of 4 (100 %)\r\x1b[K');
  });

  it('is a line now and then in a log', () => {
    const { said } = play(false, [2_000, 4_999, 5_000, 6_000]);
    expect(said).toBe('claiming: 3 of 4 (75 %), 1.6 s left\n');
  });

  it('says nothing of what is soon over', () => {
    expect(play(true, [50, 100]).said).toBe('');
  });
});

/** One thing is done at each of these times, of four. */
function play(isTTY: boolean, timesMs: readonly number[]): { said: string } {
  let [now, said] = [0, ''];
  const write = (chunk: unknown, _: string, done: () => void): void => {
    said += String(chunk);
    done();
  };
  const stream = Object.assign(new Writable({ write }), { isTTY });
  // Nothing but these is used of it.
  const stderr = stream as unknown as NodeJS.WriteStream;
  const progress = new Progress(stderr, { ...systemClock, now: () => now }, 'claiming', 4);
  for (const [at, ms] of timesMs.entries()) {
    now = ms;
    progress.update(at + 1);
  }
  progress.end();
  return { said };
}
