import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { probeCapabilities } from '../../src/redis/index.js';
import { startRedis } from '../support/redis-server.js';
import { anyHistory } from './history-ops.js';
import { type Figures, runHistory } from './history-world.js';

/**
 * Random histories on a real Redis against the model. A history that breaks a rule is shortened, and
 * printed with the seed that finds it again.
 * @param say told the seed before, so that a run that hangs can be repeated too
 */
export async function checkHistories(options: {
  readonly runs: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}): Promise<Figures> {
  const { runs, seed, say } = options;
  say(`${runs} histories, seed ${seed}`);
  const server = await startRedis();
  const stateDir = await mkdtemp(join(tmpdir(), 'orion-histories-'));
  const figures = noFigures();
  try {
    const rig = {
      link: server.link,
      capabilities: await probeCapabilities(server.link, 'orion'),
      stateDir,
    };
    const property = fc.asyncProperty(anyHistory, (history) => runHistory(rig, history, figures));
    await fc.assert(property, { seed, numRuns: runs });
  } finally {
    await server.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
  say(
    Object.entries(figures)
      .map(([name, figure]) => `${name} ${figure}`)
      .join(', '),
  );
  return figures;
}

/** A seed from the environment repeats a run; otherwise each run tries other histories. */
export function seedFrom(env: NodeJS.ProcessEnv): number {
  const given = Number.parseInt(env['HISTORIES_SEED'] ?? '', 10);
  return Number.isNaN(given) ? Date.now() % 2 ** 31 : given;
}

function noFigures(): Figures {
  return {
    ...{ histories: 0, operations: 0, published: 0, delivered: 0, handoffs: 0 },
    ...{ clean: 0, rewind: 0, split: 0, moved: 0, above: 0, ghosts: 0, stale: 0, kept: 0 },
    ...{ crashes: 0, undone: 0, announced: 0, again: 0 },
  };
}
