import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/problems/index.js';
import { type StepContext, turnOf } from '../../src/steps/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { carry, kind, SOURCE, TARGET, World } from './step-rig.js';

let server: TestRedis;
let world: World;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
afterEach(() => world.end());

const BOTH = { groups: [SOURCE, TARGET] };
const PARKED = 'orion-bus-parked';
const WAITING = 'orion-bus-handoff';
const step = kind('turn');

describe('a turn', () => {
  it('covers the last series by both cursors, moves the rest, and announces what it will be', async () => {
    world = await World.on(server);
    await world.fill(12, BOTH);
    await world.handle(SOURCE, 10, { pending: [3, 9, 10] });
    const { plan, intent, result, findings } = await carry('turn', world.context());
    expect(plan.map(({ text }) => text)).toEqual([`turn ${world.stream()}: ${SOURCE} → ${TARGET}`]);
    expect(intent).toMatchObject({ announced: 2 });
    expect(result).toMatchObject({
      announced: 2,
      streams: [{ kind: 'split', again: 2, moved: 1, ghosts: 0, abandoned: false }],
    });
    expect(findings).toEqual([]);
    const cursor = (await world.group(SOURCE))?.cursor;
    expect(await world.group(SOURCE)).toMatchObject({ pending: [] });
    expect(await world.group(TARGET)).toEqual({ cursor, pending: [`3-0 ${PARKED}`] });
    expect(await world.owedByCursor(TARGET)).toEqual(['9-0', '10-0', '11-0', '12-0']);
    expect(await world.owedByCursor(SOURCE)).toEqual(['9-0', '10-0', '11-0', '12-0']);
    const { stateDir } = world.plan;
    const kept = await readFile(
      join(stateDir, 'parked', world.stream(), TARGET, '3-0.json'),
      'utf8',
    );
    expect(JSON.parse(kept)).toMatchObject({ id: '3-0', fields: [['data', '{"n":3}']] });
  });

  it('keeps in its intent everything to take it back by', async () => {
    world = await World.on(server);
    await world.fill(12, BOTH);
    await world.handle(SOURCE, 10, { pending: [3, 10] });
    await world.handle(TARGET, 2, { pending: [2] });
    const [stream] = turnOf(await step.capture(world.context(), {})).streams;
    expect(stream).toMatchObject({
      ...{ giving: SOURCE, receiving: TARGET, givingCursor: '10-0', receivingCursor: '2-0' },
      givingPending: [
        { id: '3-0', consumer: 'c', deliveries: 1 },
        { id: '10-0', consumer: 'c', deliveries: 1 },
      ],
      receivingPending: [{ id: '2-0', consumer: 'c', deliveries: 1 }],
      move: [{ id: '3-0', consumer: 'c' }],
      loss: { trimmedUnread: 0, ghosts: [] },
    });
    expect(await world.group(SOURCE)).toMatchObject({ cursor: '10-0' });
  });

  it('names ghosts and stale entries before it touches them', async () => {
    world = await World.on(server);
    await world.fill(12, BOTH);
    await world.handle(SOURCE, 10, { pending: [2, 10] });
    await world.handle(TARGET, 5, { pending: [5] });
    await world.redis.command('XDEL', world.stream(), '2-0');
    const seen: JsonObject[] = [];
    const context = world.context({
      record: async (type, data) => {
        const groups = [await world.group(SOURCE), await world.group(TARGET)];
        seen.push({ type, group: data['group'] ?? null, ids: idsIn(data), groups });
      },
    });
    await carry('turn', context);
    const untouched = [
      { cursor: '10-0', pending: ['2-0 c', '10-0 c'] },
      { cursor: '5-0', pending: ['5-0 c'] },
    ];
    expect(seen).toEqual([
      { type: 'ghosts', group: SOURCE, ids: ['2-0'], groups: untouched },
      { type: 'stale', group: TARGET, ids: ['5-0'], groups: untouched },
    ]);
    expect(await world.group(TARGET)).toMatchObject({ pending: [] });
  });

  it('says the same announcement when it is done again after its record was lost', async () => {
    world = await World.on(server);
    await world.fill(12, BOTH);
    await world.handle(SOURCE, 10, { pending: [8, 9, 10] });
    const context = world.context();
    const intent = await step.capture(context, {});
    const first = await step.apply(context, {}, intent, () => undefined);
    const groups = [await world.group(SOURCE), await world.group(TARGET)];
    expect(await step.satisfied(context, {}, intent)).toBe('no');
    const second = await step.apply(context, {}, intent, () => undefined);
    expect([first['announced'], second['announced']]).toEqual([3, 3]);
    expect([await world.group(SOURCE), await world.group(TARGET)]).toEqual(groups);
  });

  it('lets a live consumer take what was moved, where the side resumes its pending', async () => {
    world = await World.on(server);
    await world.fill(12, BOTH);
    await world.handle(SOURCE, 10, { pending: [3] });
    const target = { ...world.plan.target, resumesPending: true };
    const { result } = await carry('turn', world.context({ plan: { ...world.plan, target } }));
    expect(await world.group(TARGET)).toMatchObject({ pending: [`3-0 ${WAITING}`] });
    expect(result['announced']).toBe(1);
  });

  it('turns all streams together, or none', async () => {
    world = await World.on(server);
    await world.fill(5, BOTH);
    await world.fill(5, { ...BOTH, type: 'incident' });
    await world.handle(SOURCE, 5);
    await world.handle(SOURCE, 5, { type: 'incident' });
    // Somebody reads on one of the streams whenever the plan is told.
    let read = 0;
    await world.redis.command('XGROUP', 'SETID', world.stream('incident'), TARGET, '3-0');
    await world.redis.command('XDEL', world.stream('incident'), '1-0');
    await world.handle(TARGET, 1, { type: 'incident', pending: [4] });
    const context = world.context({
      record: async () => {
        read += 1;
        await world.add(5 + read, 5 + read, 'incident');
        await world.handle(SOURCE, 1, { type: 'incident' });
      },
    });
    const problem = await problemOf(carry('turn', context));
    expect(problem).toMatchObject({ code: 'handoff.changed', exitCode: 3 });
    expect(read).toBe(3);
    expect(await world.group(TARGET)).toMatchObject({ cursor: '0-0' });
  });

  it('warns of a group that a running module has not read for over an hour', async () => {
    world = await World.on(server);
    const old = Date.now() - 2 * 3_600_000;
    await world.fill(0, BOTH);
    await world.redis.command('XADD', world.stream(), `${old}-0`, 'data', '{}');
    const ran = { stop: { intent: { active: 'active' } } };
    const { result, findings } = await carry('turn', world.context({ earlier: ran }));
    expect(result).toMatchObject({ streams: [{ abandoned: true }] });
    expect(findings).toMatchObject([{ id: 'turn.abandoned', status: 'warn' }]);
  });

  it('concludes nothing from a group that a module which was down has not read', async () => {
    world = await World.on(server);
    const old = Date.now() - 2 * 3_600_000;
    await world.fill(0, BOTH);
    await world.redis.command('XADD', world.stream(), `${old}-0`, 'data', '{}');
    const down = { stop: { intent: { active: 'inactive' } } };
    const { result } = await carry('turn', world.context({ earlier: down }));
    expect(result).toMatchObject({ streams: [{ abandoned: false }] });
  });
});

describe('the way back of a turn that moved entries, the settings still on the source', () => {
  async function moved(): Promise<{ intent: JsonObject; result: JsonObject }> {
    world = await World.on(server);
    await world.fill(12, BOTH);
    await world.handle(SOURCE, 10, { pending: [3, 5] });
    // Parked there by somebody else's handoff, long before.
    await world.redis.command(
      ...['XCLAIM', world.stream(), TARGET, PARKED, '0', '1-0', 'FORCE', 'JUSTID'],
    );
    return carry('turn', world.context());
  }

  it('gives back what that run had moved, to whom it was taken from, and nothing else', async () => {
    const undone = await moved();
    expect(await world.group(TARGET)).toMatchObject({
      pending: [`1-0 ${PARKED}`, `3-0 ${PARKED}`, `5-0 ${PARKED}`],
    });
    const back = await carry('turn', world.backContext({ undoing: { turn: undone } }));
    expect(back.result).toMatchObject({ movedBack: 2 });
    expect(await world.group(SOURCE)).toMatchObject({ pending: ['3-0 c', '5-0 c'] });
    expect(await world.group(TARGET)).toMatchObject({ pending: [`1-0 ${PARKED}`] });
  });

  it('names what was trimmed before it could go back, and where its body is kept', async () => {
    const undone = await moved();
    await world.redis.command('XTRIM', world.stream(), 'MINID', '4');
    const back = await carry('turn', world.backContext({ undoing: { turn: undone } }));
    expect(back.result).toMatchObject({ movedBack: 1, trimmedBack: 1 });
    expect(back.findings).toMatchObject([{ id: 'turn.trimmed-back', status: 'warn' }]);
    expect(world.notes).toMatchObject([{ type: 'ghosts', data: { entries: [{ id: '3-0' }] } }]);
  });

  it('gives nothing back that was moved from the other side', async () => {
    world = await World.on(server);
    await world.fill(12, BOTH);
    await world.handle(TARGET, 10, { pending: [3, 5] });
    await world.point(TARGET);
    const undone = await carry('turn', world.backContext());
    await world.point(SOURCE);
    const back = await carry('turn', world.backContext({ undoing: { turn: undone } }));
    expect(back.result).toMatchObject({ movedBack: 0 });
    expect(await world.group(SOURCE)).toMatchObject({
      pending: [`3-0 ${PARKED}`, `5-0 ${PARKED}`],
    });
    expect(await world.group(TARGET)).toMatchObject({ pending: [] });
  });

  it('keeps what a rollback took along, once its settings are edited', async () => {
    const undone = await moved();
    // The undo of a rollback goes to the target, where nobody is started any more.
    const context = world.context({ handedOver: true });
    const undo: StepContext = {
      ...context,
      run: { ...context.run, verb: 'rollback', undoing: kindless(undone) },
    };
    expect(await step.apply(undo, {}, {}, () => undefined)).toEqual({ movedBack: 0, announced: 0 });
    expect(await world.group(SOURCE)).toMatchObject({ pending: [] });
  });
});

describe('a settle', () => {
  it('hands over to itself: the last series again, the rest parked', async () => {
    world = await World.on(server);
    await world.fill(12);
    await world.handle(SOURCE, 10, { pending: [3, 9, 10] });
    const context = world.context({ receiving: 'source', handedOver: false });
    const { result } = await carry('turn', { ...context, run: { ...context.run, verb: 'settle' } });
    expect(result).toMatchObject({ announced: 2, streams: [{ kind: 'split', moved: 1 }] });
    expect(await world.group(SOURCE)).toMatchObject({ pending: [`3-0 ${PARKED}`] });
    expect(await world.owedByCursor(SOURCE)).toEqual(['9-0', '10-0', '11-0', '12-0']);
  });
});

function idsIn(data: JsonObject): string[] {
  const entries = data['entries'];
  return Array.isArray(entries) ? entries.map((entry: JsonObject) => String(entry['id'])) : [];
}

function kindless(turn: { intent: JsonObject; result: JsonObject }): StepContext['run']['undoing'] {
  return {
    intent: (id) => (id === 'turn' ? turn.intent : null),
    result: (id) => (id === 'turn' ? turn.result : null),
  };
}
