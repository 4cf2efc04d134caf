import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StepContext } from '../../src/steps/index.js';
import { problemOf } from '../support/problem-of.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type Carried, carry, kind, SOURCE, TARGET, World } from './step-rig.js';

/* The last look before the start, and the audit over a whole run: base, turn, last look, end. */

let server: TestRedis;
let world: World;
let earlier: Record<string, Carried>;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await World.on(server);
  earlier = {};
});
afterEach(() => world.end());

const context = (): StepContext => world.context({ earlier });

async function pass(...names: readonly string[]): Promise<void> {
  for (const name of names) earlier[name] = await carry(name, context());
}

async function audit() {
  const { result } = await carry('loss-audit', context());
  return result;
}

const trim = (first: string): Promise<unknown> =>
  world.redis.command('XTRIM', world.stream(), 'MINID', first);

describe('an audit', () => {
  beforeEach(async () => {
    await world.fill(20);
    await world.handle(SOURCE, 10, { pending: [4] });
  });

  it('finds nothing where only finished entries were trimmed', async () => {
    await pass('create-groups');
    await trim('4-0');
    await pass('turn', 'look-again');
    await trim('11-0');
    await world.handle(TARGET, 10);
    expect(await audit()).toMatchObject({ lost: 0, streams: [{ verdict: 'pass', inherited: 0 }] });
  });

  it('counts what was trimmed in front of the stopped module, and what it had in hand', async () => {
    await pass('create-groups');
    await trim('14-0');
    await pass('turn', 'look-again');
    await world.handle(TARGET, 10);
    // 11, 12 and 13 were not delivered, 4 was pending.
    expect(await audit()).toMatchObject({ lost: 4 });
  });

  it('counts it also where the record of the turn was lost and it was done again', async () => {
    await pass('create-groups');
    await trim('14-0');
    await pass('turn');
    const again = await kind('turn').apply(context(), {}, earlier['turn']?.intent ?? {}, () => {});
    earlier['turn'] = { ...(earlier['turn'] as Carried), result: again };
    await pass('look-again');
    await world.handle(TARGET, 10);
    expect(await audit()).toMatchObject({ lost: 4 });
  });

  it('counts what was trimmed between the turn and the start, also once the module has read on', async () => {
    await pass('create-groups', 'turn');
    await trim('14-0');
    await pass('look-again');
    await world.handle(TARGET, 10);
    expect((await world.group(TARGET))?.cursor).toBe('20-0');
    // What was pending was moved by the turn: it is parked, and its body is kept.
    expect(await audit()).toMatchObject({ lost: 3 });
  });

  it('never holds against the run what was lost before it', async () => {
    await trim('14-0');
    await pass('create-groups', 'turn', 'look-again');
    await world.handle(TARGET, 10);
    expect(await audit()).toMatchObject({
      lost: 0,
      streams: [{ verdict: 'pass', inherited: 4, giving: SOURCE, receiving: TARGET }],
    });
  });

  it('takes nothing for lost that lay parked in the receiving group before', async () => {
    await world.redis.command('XGROUP', 'CREATE', world.stream(), TARGET, '0');
    const claim = ['XCLAIM', world.stream(), TARGET, 'orion-bus-parked', '0', '2-0'];
    await world.redis.command('XCLAIM', ...claim.slice(1), 'FORCE', 'JUSTID');
    await pass('create-groups', 'turn', 'look-again');
    await trim('11-0');
    await world.handle(TARGET, 10);
    expect(await audit()).toMatchObject({ lost: 0 });
  });

  it('says so where nobody can tell', async () => {
    await pass('create-groups');
    await world.redis.command('XGROUP', 'SETID', world.stream(), SOURCE, '12-0');
    await world.redis.command('XDEL', world.stream(), '15-0');
    await trim('14-0');
    await pass('turn', 'look-again');
    expect(await audit()).toMatchObject({ streams: [{ verdict: 'inconclusive' }] });
  });
});

describe('a group that never read on a stream that was trimmed before', () => {
  it('has inherited that, and lost nothing in the run', async () => {
    await world.fill(20);
    await trim('8-0');
    await pass('create-groups', 'turn', 'look-again');
    expect(await audit()).toMatchObject({ lost: 0, streams: [{ inherited: 7 }] });
  });
});

describe('the last look before the start', () => {
  beforeEach(async () => {
    await world.fill(20);
    await world.handle(SOURCE, 10);
    await pass('create-groups', 'turn');
  });

  it('passes where both groups stand where the turn put them', async () => {
    await pass('look-again');
    expect(earlier['look-again']?.result).toMatchObject({
      streams: [{ stream: world.stream(), loss: { group: TARGET, trimmedUnread: 0 } }],
    });
  });

  it.each([SOURCE, TARGET])('fails where %s has moved', async (group) => {
    await world.handle(group, 1);
    const problem = await problemOf(carry('look-again', context()));
    expect(problem).toMatchObject({ code: 'fence.moved', exitCode: 3 });
    expect(problem.message).toContain(`The group ${group} on ${world.stream()} stands at 11-0`);
  });

  it('fails where a group is gone', async () => {
    await world.redis.command('XGROUP', 'DESTROY', world.stream(), TARGET);
    expect(await problemOf(carry('look-again', context()))).toMatchObject({ code: 'fence.moved' });
  });
});
