import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../src/config/index.js';
import { SampleLog } from '../../src/evidence/index.js';
import { emergencyPage } from '../../src/report/index.js';
import { emergencyStatus } from '../../src/runbooks/index.js';
import { renderPage } from '../../src/ui/index.js';
import { type Changes, MINUTE, samples } from '../checks/samples.js';
import { NO_HISTORY } from './step-rig.js';

const NOW = Date.parse('2026-03-02T10:00:00Z');
const HALT = { reason: 'by hand', by: 'someone', at: 'now' };
const MEMORY = { side: 'target' as const, soakSinceMs: NOW - MINUTE, stranded: false };
const HISTORY = { ...NO_HISTORY, modules: new Map([['memory', MEMORY]]) };

let plan: Config;

beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'orion-emergency-'));
  const file = join(directory, 'orion-bus.yaml');
  await writeFile(file, `stateDir: ${join(directory, 'state')}\n`);
  plan = await loadConfig({ file, redisUrl: undefined, env: {}, cwd: '/', packageRoot: '/' });
});
afterEach(() => rm(join(plan.stateDir, '..'), { recursive: true, force: true }));

async function sampled(changes: Changes, untilMs = NOW): Promise<void> {
  const log = new SampleLog(plan.stateDir);
  for (const sample of samples(untilMs - 12 * MINUTE, untilMs, changes)) await log.append(sample);
}

const looked = (history = HISTORY, phase: 'P0' | 'P2' = 'P2') =>
  emergencyStatus(plan, { history, phase, nowMs: NOW });

describe('what is said of emergencies', () => {
  it('is nothing while all is well', async () => {
    await sampled({});
    expect(await looked()).toMatchObject({ column: 2, answer: null, advice: null });
  });

  it('is what the matrix answers to what holds by the newest samples', async () => {
    await sampled({ group: { lag: 1_001 } });
    const command = 'orion-bus rollback --phase 2 --module memory';
    const status = await looked();
    expect(status).toMatchObject({
      sampledAt: '2026-03-02T10:00:00.000Z',
      answer: { issue: 'lag', action: 'revert-module', module: 'memory' },
      advice: { because: 'matrix', command },
    });
    const text = renderPage(emergencyPage(status, 'P2'), { width: 80, colour: false });
    expect(text).toMatch(/backlog above the alert, sus.* YES +n\/a +revert module +full rollback/);
    expect(text).toContain('>PHASE 2');
    expect(text).toContain(command);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('is to go back when in doubt, but only in an emergency', async () => {
    await sampled({ group: { lag: 1_001 } }, NOW - 2 * MINUTE);
    expect(await looked()).toMatchObject({ sampledAt: null, answer: null, advice: null });
    expect(await looked({ ...HISTORY, halt: HALT })).toMatchObject({
      advice: { because: 'doubt', command: 'orion-bus rollback --phase 2 --module memory' },
    });
    expect(await looked({ ...HISTORY, halt: HALT }, 'P0')).toMatchObject({
      ...{ column: null, advice: null },
    });
  });
});
