import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrionError } from '../../src/problems/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type Attempted, type Attempting, Rig, resultOf } from './rig.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const AT_SOURCE = { service: 'up', owner: 'source', settings: 'source' };

/** From the first such record on the disk takes nothing; `once`: only that record is refused. */
async function fullFrom(
  rig: Rig,
  record: string,
  once = false,
  attempting: Attempting = {},
): Promise<Attempted> {
  let full = false;
  return rig.attempt({
    ...attempting,
    at: (point) => {
      const isIt = point === `before record ${record}`;
      full ||= isIt;
      if (isIt || (full && !once && point.startsWith('before record'))) throw new Error('ENOSPC');
    },
  });
}

const unstored = ({ events }: Attempted): string[] =>
  events.flatMap((event) =>
    event.type === 'journal.unstored'
      ? [`${event.record.type} ${event.record.step ?? ''}`.trim()]
      : [],
  );

describe('a record that cannot be stored', () => {
  it('at the start ends the run before anything is done', async () => {
    const rig = await Rig.on(redis);
    const attempted = await fullFrom(rig, 'run.started');
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      undo: 'none',
      open: false,
    });
    expect(resultOf(attempted).error?.code).toBe('journal.unwritable');
    expect(await rig.list('looks')).toEqual([]);
  });

  it('before the first effect ends the run with nothing changed', async () => {
    const rig = await Rig.on(redis);
    const attempted = await fullFrom(rig, 'step.intended create');
    expect(resultOf(attempted)).toMatchObject({ exitCode: 1, undo: 'none' });
    expect(await rig.list('applied')).toEqual([]);
  });

  it('before a later effect takes the run back, which needs no journal', async () => {
    const rig = await Rig.on(redis);
    const attempted = await fullFrom(rig, 'step.intended settings');
    expect(resultOf(attempted)).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      undo: 'done',
      open: true,
    });
    expect(resultOf(attempted).error?.code).toBe('journal.unwritable');
    expect(await rig.world()).toMatchObject(AT_SOURCE);
    expect(await rig.list('applied')).not.toContain('settings from source');
    expect(unstored(attempted)).toEqual([
      'step.failed settings',
      'step.skipped undo/stop',
      'step.intended undo/turn',
      'step.done undo/turn',
      'step.skipped undo/settings',
      'step.done undo/fence',
      'step.intended undo/start',
      'step.done undo/start',
      'step.undone turn',
      'step.undone stop',
      'step.undone create',
      'run.finished',
    ]);
  });

  it('after an effect is told, whole, and the run goes on', async () => {
    const rig = await Rig.on(redis);
    const attempted = await fullFrom(rig, 'step.done turn', true);
    expect(resultOf(attempted)).toMatchObject({ outcome: 'done', exitCode: 0, open: false });
    expect(unstored(attempted)).toEqual(['step.done turn']);
    expect(attempted.events.find(({ type }) => type === 'journal.unstored')?.text).toBe(
      'This could not be recorded: step.done turn {"now":"target"}',
    );
  });

  it('after the turn, on a disk that stays full, comes to an end the module can stay in', async () => {
    const rig = await Rig.on(redis);
    const attempted = await fullFrom(rig, 'step.done turn');
    expect(resultOf(attempted)).toMatchObject({ outcome: 'failed', undo: 'done' });
    expect(await rig.world()).toMatchObject(AT_SOURCE);
  });

  it('because the journal is another’s ends the run at once', async () => {
    const rig = await Rig.on(redis);
    const attempted = await rig.attempt({
      at: (point) => {
        if (point === 'before record step.done turn') {
          throw new OrionError({
            kind: 'lease',
            code: 'journal.foreign-writer',
            message: 'another',
          });
        }
      },
    });
    expect(resultOf(attempted)).toMatchObject({ exitCode: 1, undo: 'none', open: true });
    expect(attempted.records.at(-1)).toMatchObject({ type: 'step.intended', step: 'turn' });
  });
});

describe('a resume that cannot be recorded', () => {
  const killed = (rig: Rig, point: string): Promise<Attempted> =>
    rig.attempt({ at: (at, _, end) => (at === point ? end() : undefined) });

  it('puts a module back that is down', async () => {
    const rig = await Rig.on(redis);
    await killed(rig, 'settings before capture');
    const attempted = await fullFrom(rig, 'run.resumed');
    expect(resultOf(attempted)).toMatchObject({ outcome: 'failed', exitCode: 1, undo: 'done' });
    expect(await rig.world()).toMatchObject(AT_SOURCE);
  });

  it.each(['create before apply', 'flow before look'])(
    'otherwise waits for the journal (%s)',
    async (point) => {
      const rig = await Rig.on(redis);
      await killed(rig, point);
      const before = await rig.world();
      const attempted = await fullFrom(rig, 'run.resumed');
      expect(resultOf(attempted)).toMatchObject({
        outcome: 'failed',
        exitCode: 1,
        undo: 'none',
        open: true,
      });
      expect(await rig.world()).toEqual(before);
      expect(resultOf(await rig.attempt()).outcome).toBe('done');
    },
  );

  it('goes on going back all the same', async () => {
    const rig = await Rig.on(redis, { flow: 'dry' });
    await killed(rig, 'after record step.failed flow');
    const attempted = await fullFrom(rig, 'run.resumed');
    expect(resultOf(attempted)).toMatchObject({ exitCode: 2, undo: 'done' });
    expect(await rig.world()).toMatchObject(AT_SOURCE);
  });
});
