import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appendSample, type GroupSample, validationSample } from '../../src/evidence/index.js';
import { redisTimeMs } from '../../src/facts/index.js';
import { guardStreams } from '../../src/journal/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { carry, kind, NO_OPTIONS, SOURCE, TARGET, World } from './step-rig.js';

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
afterEach(() => world.end());

const step = kind('create-groups');

describe('creating the receiving groups', () => {
  it('puts each at the cursor of its giving group, and says so beforehand', async () => {
    world = await World.on(server);
    await world.fill(9);
    await world.handle(SOURCE, 7, { pending: [7] });
    await world.fill(3, { type: 'incident' });
    const { plan, satisfied, result, findings } = await carry('create-groups', world.context());
    expect(plan.map(({ text }) => text)).toEqual([
      `create ${TARGET} on ${world.stream()} at 7-0`,
      `create ${TARGET} on ${world.stream('incident')} at 0-0`,
    ]);
    expect(satisfied).toBe('no');
    expect(result['created']).toHaveLength(2);
    expect(findings).toEqual([]);
    expect(await world.group(TARGET)).toEqual({ cursor: '7-0', pending: [] });
    expect(await world.group(TARGET, 'incident')).toEqual({ cursor: '0-0', pending: [] });
  });

  it('keeps what the groups owed and had lost when the run began', async () => {
    world = await World.on(server);
    await world.fill(9);
    await world.handle(SOURCE, 5, { pending: [2, 5] });
    await world.redis.command('XTRIM', world.stream(), 'MINID', '7-0');
    const intent = await step.capture(world.context(), {});
    expect(intent).toMatchObject({
      streams: [
        {
          ...{ stream: world.stream(), type: 'event', giving: SOURCE, receiving: TARGET },
          ...{ givingCursor: '5-0', receivingCursor: null },
          // Entry 6 was trimmed unread, 2 and 5 were in hand.
          loss: { trimmedUnread: 1, ghosts: ['2-0', '5-0'] },
        },
      ],
    });
  });

  it('leaves groups that are there as they are', async () => {
    world = await World.on(server);
    await world.fill(9, { groups: [SOURCE, TARGET] });
    await world.handle(SOURCE, 7);
    await world.handle(TARGET, 2, { pending: [2] });
    const { plan, satisfied, result } = await carry('create-groups', world.context());
    expect(plan[0]?.text).toBe('every group exists already');
    expect(satisfied).toBe('yes');
    expect(result).toEqual({ created: [] });
    expect(await world.group(TARGET)).toEqual({ cursor: '2-0', pending: ['2-0 c'] });
  });

  it('has nothing to do where the settings point to the receiving side', async () => {
    world = await World.on(server);
    await world.fill(3);
    await world.point(TARGET);
    const { intent, satisfied } = await carry('create-groups', world.context());
    expect(intent).toEqual({ streams: [] });
    expect(satisfied).toBe('yes');
    expect(await world.group(TARGET)).toBeNull();
  });

  it('is refused once a newer holder of the lease has guarded the stream', async () => {
    world = await World.on(server);
    await world.fill(3);
    await guardStreams(world.redis, 8, [world.stream()]);
    const context = world.context({ guard: async () => undefined });
    await expect(step.apply(context, {}, {}, () => undefined)).rejects.toThrow('FENCED');
    expect(await world.group(TARGET)).toBeNull();
    const honest = await problemOf(step.apply(world.context(), {}, {}, () => undefined));
    expect(honest).toMatchObject({ kind: 'lease', code: 'lease.lost' });
  });

  it('is not taken as done where a group is missing after all', async () => {
    world = await World.on(server);
    await world.fill(3);
    const findings = await step.verify(world.context(), {}, {}, {});
    expect(findings).toMatchObject([{ id: 'groups.created', status: 'fail' }]);
  });
});

describe('a giving group that is gone', () => {
  async function lost(): Promise<void> {
    world = await World.on(server);
    await world.point(TARGET);
    await world.fill(9, { groups: [SOURCE] });
    await world.handle(SOURCE, 6);
  }

  it('is made again at the other’s cursor only where as many repetitions are accepted', async () => {
    await lost();
    for (const accepted of [0, 2]) {
      const options = { ...NO_OPTIONS, acceptDuplicates: accepted };
      const refused = await problemOf(step.plan(world.backContext({ options }), {}));
      expect(refused).toMatchObject({ code: 'groups.giving-lost', exitCode: 3 });
      expect(refused.next).toEqual([
        'orion-bus rollback --phase 2 --module memory --accept-duplicates 3',
      ]);
      await problemOf(step.apply(world.backContext({ options }), {}, {}, () => undefined));
      expect(await world.group(TARGET)).toBeNull();
    }
    const options = { ...NO_OPTIONS, acceptDuplicates: 3 };
    const { plan } = await carry('create-groups', world.backContext({ options }));
    expect(plan[0]?.text).toBe(`create ${TARGET} on ${world.stream()} at 6-0`);
    expect(await world.group(TARGET)).toEqual({ cursor: '6-0', pending: [] });
  });

  it.each([
    ['its cursor', { ago: 5_000, pending: 0, oldest: null }, '8-0', 1],
    [
      'below what it had in hand',
      { ago: 5_000, pending: 1, oldest: 8 },
      '7-18446744073709551615',
      2,
    ],
    ['nothing that is old', { ago: 90_000, pending: 0, oldest: null }, '6-0', 3],
  ])('is made again where the last sample saw it: %s', async (_, seen, at, repeated) => {
    await lost();
    const atMs = (await redisTimeMs(world.redis)) - seen.ago;
    const sampled = validationSample({ atMs, clock: 'redis' }, { exitCode: 0, failed: [] });
    const group: GroupSample = {
      ...{ stream: world.stream(), group: TARGET, module: 'memory', side: 'target' },
      ...{ cursor: '8-0', lag: 1, lagAtLeast: 1, pending: seen.pending, parked: 0, lost: 0 },
      ...{ entriesRead: 8, consumers: 1, oldestUndeliveredMs: null, headroomEntries: null },
      oldestPendingMs: seen.oldest === null ? null : atMs - seen.oldest,
      handlingMs: null,
    };
    await appendSample(world.plan.stateDir, { ...sampled, validation: null, groups: [group] });
    const options = { ...NO_OPTIONS, acceptDuplicates: repeated };
    const fewer = { ...options, acceptDuplicates: repeated - 1 };
    const refused = await problemOf(step.plan(world.backContext({ options: fewer }), {}));
    expect(refused.code).toBe('groups.giving-lost');
    await carry('create-groups', world.backContext({ options }));
    expect(await world.group(TARGET)).toEqual({ cursor: at, pending: [] });
  });
});

describe('a listed stream that carries neither group', () => {
  async function bare(missingGroup: 'beginning' | 'tip' | null) {
    world = await World.on(server);
    await world.fill(4);
    await world.fill(6, { type: 'incident', groups: ['others'] });
    return world.context({
      module: { ...world.module, subscribes: ['event', 'incident', 'absent'] },
      options: { ...NO_OPTIONS, missingGroup },
    });
  }

  it.each([
    ['beginning', '0-0'],
    ['tip', '6-0'],
  ] as const)('begins with both groups at the %s', async (missingGroup, cursor) => {
    await carry('create-groups', await bare(missingGroup));
    expect(await world.group(SOURCE, 'incident')).toEqual({ cursor, pending: [] });
    expect(await world.group(TARGET, 'incident')).toEqual({ cursor, pending: [] });
    expect(await world.redis.command('EXISTS', world.stream('absent'))).toBe(0);
  });

  it('is let alone where nobody said where to begin', async () => {
    await carry('create-groups', await bare(null));
    expect(await world.group(SOURCE, 'incident')).toBeNull();
    expect(await world.group(TARGET, 'incident')).toBeNull();
  });
});
