import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rollbackAnswer } from '../../src/cli/move-answers.js';
import { hostOf } from '../runbooks/verb-rig.js';
import { NO_OPTIONS, SOURCE, TARGET, World } from '../steps/step-rig.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let server: TestRedis;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const REQUEST = { module: null, side: null, options: NO_OPTIONS, takeOver: 'none' as const };

async function twoModules(memoryOn: string) {
  const world = await World.on(server);
  await world.fill(5, { groups: [SOURCE, TARGET] });
  await world.handle(TARGET, 5);
  await world.point(memoryOn);
  const settings = world.module.settings.map((setting) => ({
    ...setting,
    file: join(world.directory, 'absent.env'),
  }));
  const lost = {
    ...world.module,
    ...{ name: 'brain', service: 'orion-brain', settings },
    groups: { source: 'brain', target: 'brain-go', byType: {} },
  };
  const plan = { ...world.plan, modules: [world.module, lost] };
  const asked: string[] = [];
  const mover = {
    open: async () => hostOf(world, { plan }),
    confirmed: async ({ question }: { question: string }) => {
      asked.push(question);
      return null;
    },
    begins: () => undefined,
    // Only written to.
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }) as NodeJS.WriteStream,
    colour: false,
    dryRun: false,
    say: () => undefined,
  };
  return { world, mover, asked };
}

it('a rollback of all puts back what it can, and tells of the one it cannot look at', async () => {
  const { world, mover } = await twoModules(TARGET);
  const answer = await rollbackAnswer(mover, REQUEST);
  expect(await world.pointsTo()).toBe(SOURCE);
  expect(answer.problem).toMatchObject({ code: 'side.unknown', exitCode: 1 });
  expect(answer.document).toMatchObject({
    ok: false,
    exitCode: 1,
    modules: [
      { module: 'brain', ok: false, error: { code: 'side.unknown' } },
      { module: 'memory', ok: true, outcome: 'done' },
    ],
  });
});

it('a rollback of all is refused where none can be put back', async () => {
  const { mover, asked } = await twoModules(SOURCE);
  const problem = await problemOf(rollbackAnswer(mover, REQUEST));
  expect(problem).toMatchObject({ code: 'side.unknown', exitCode: 1 });
  expect(asked).toEqual([]);
});
