import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestsPlan } from '../../src/facts/index.js';
import type { StepContext } from '../../src/steps/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { carry, kind, NO_OPTIONS, World } from './step-rig.js';

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
});

function testing(
  script: string,
  more: Partial<TestsPlan> = {},
  context: Partial<StepContext> = {},
): StepContext {
  const tests = { command: ['sh', '-c', script], cwd: world.directory, env: {}, ...more };
  return world.context({ module: { ...world.module, tests }, ...context });
}

describe('the tests of a module', () => {
  it('run in their folder, with their environment, by their very words', async () => {
    const script = 'pwd > told; echo "$GROUP" >> told; echo passed';
    const { plan, result } = await carry('tests', testing(script, { env: { GROUP: 'a b' } }));
    expect(plan[0]?.text).toBe(`run the tests of memory: sh -c ${script}`);
    expect(result).toMatchObject({ verdict: 'pass', exitCode: 0, tail: ['passed'] });
    const told = await readFile(join(world.directory, 'told'), 'utf8');
    expect(told).toBe(`${await realpath(world.directory)}\na b\n`);
  });

  it('fail with 4 and their last line', async () => {
    const problem = await problemOf(
      carry('tests', testing('echo one; echo two failed >&2; exit 3')),
    );
    expect(problem).toMatchObject({ code: 'tests.failed', exitCode: 4 });
    expect(problem.message).toContain('exit code 3');
    expect(problem.hint).toContain('two failed');
    expect(problem.next[0]).toContain('--override tests');
  });

  it('end with the step: told to end, they are ended', async () => {
    const { signal, abort } = ending();
    const running = problemOf(carry('tests', testing('echo $$ > pid; sleep 60', {}, { signal })));
    const pid = async (): Promise<number> =>
      Number(await readFile(join(world.directory, 'pid'), 'utf8').catch(() => '0'));
    while ((await pid()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    abort();
    await running;
    const shell = await pid();
    expect(() => process.kill(shell, 0)).toThrow();
  });

  it('pass where none are configured, and say so', async () => {
    const { plan, result } = await carry('tests', world.context());
    expect(plan[0]?.text).toBe('no tests are configured for memory');
    expect(result).toEqual({ verdict: 'pass', reason: 'no tests are configured' });
  });

  it('are passed over by an override, which is recorded', async () => {
    const options = { ...NO_OPTIONS, overrides: new Map([['tests', 'known to be flaky']]) };
    const { result } = await carry('tests', testing('touch ran; exit 1', {}, { options }));
    expect(result).toMatchObject({ verdict: 'overridden', reason: 'known to be flaky' });
    expect(world.notes).toEqual([
      { type: 'gate.overridden', data: { gate: 'tests', reason: 'known to be flaky' } },
    ]);
    await expect(readFile(join(world.directory, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('are not asked again once the module is stopped', () => {
    expect(kind('tests')).toMatchObject({ nature: 'gate', expires: 'until-stop' });
  });
});

function ending(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
