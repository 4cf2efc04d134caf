import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../../src/config/index.js';
import { systemClock } from '../../src/problems/index.js';
import {
  entryId,
  fieldsOf,
  listOf,
  predecessorOf,
  RedisLink,
  textOf,
} from '../../src/redis/index.js';
import { CAST, type CastModule } from '../../src/rehearsal/cast.js';
import { type HostPaths, hostPaths, TARGET_SERVICE } from '../../src/rehearsal/host-config.js';
import type { Drill, DrillOutcome, OpenDrill } from '../../src/rehearsal/index.js';
import { Units } from '../../src/rehearsal/units.js';
import { until } from './until.js';

/*
 * Moving a module by hand on a throw-away host, in the ways an operator may do it. They show that
 * the ledger tells right from wrong, and they are what the tool is measured against.
 *
 * `exact`: stop, take over the cursor and what is pending, start.
 * `rename`: what the written procedure says: another group name and a restart.
 * `tip`: the same, with the group made at `$` before the start.
 */
export type Manner = 'exact' | 'rename' | 'tip';

/** Writes the group names of a side into a module's environment file. */
export async function pointAt(
  side: 'source' | 'target',
  paths: HostPaths,
  name: string,
): Promise<void> {
  const file = paths.settingsFile(name);
  let text = await readFile(file, 'utf8');
  for (const { setting, ...groups } of castOf(name).reads) {
    text = text.replace(new RegExp(`^${setting}=.*$`, 'm'), `${setting}=${groups[side]}`);
  }
  await writeFile(file, text);
}

/** A drill that moves modules by hand in the given manner. */
export function byHand(manner: Manner): OpenDrill {
  return async (config: Config) => {
    const paths = hostPaths(dirname(config.file ?? ''));
    const redis = await RedisLink.open(config.redis, 'by-hand');
    const units = new Units(paths.units, systemClock);
    const announced = new Map<string, number>();
    const move = async (name: string, side: 'source' | 'target'): Promise<DrillOutcome> => {
      const { service } = castOf(name);
      await units.stop(service);
      if (manner === 'tip') await makeGroups(redis, name, side, '$');
      const again = manner === 'exact' ? await handOver(redis, name, side) : 0;
      announced.set(name, (announced.get(name) ?? 0) + again);
      await pointAt(side, paths, name);
      const before = await cursorsOf(redis, name, side);
      await units.start(service);
      // As an operator would, before he goes on: see that it reads.
      await until(async () => {
        const now = await cursorsOf(redis, name, side);
        return now.every((cursor, at) => cursor !== null && cursor !== before[at]);
      });
      return { exitCode: 0, text: `now on ${side}` };
    };
    const nothing = async (): Promise<DrillOutcome> => ({ exitCode: 0, text: 'nothing by hand' });
    const drill: Drill = {
      async phase1Start() {
        await units.start(TARGET_SERVICE);
        const healthy = (): Promise<boolean> =>
          fetch(`${config.target.url}/health`).then(
            ({ ok }) => ok,
            () => false,
          );
        await until(healthy);
        return { exitCode: 0, text: 'the target bus answers' };
      },
      migrate: (name) => move(name, 'target'),
      settle: nothing,
      clearHalt: async () => undefined,
      phase3Cutover: nothing,
      phase3Finalize: nothing,
      async rollback() {
        for (const { name } of CAST) await move(name, 'source');
        return { exitCode: 0, text: 'all on source' };
      },
      announced: async () => announced,
      async close() {
        redis.close();
      },
    };
    return drill;
  };
}

/** Where the groups of a side stand, one for each stream; null for one that is not there yet. */
async function cursorsOf(
  redis: RedisLink,
  name: string,
  side: 'source' | 'target',
): Promise<readonly (string | null)[]> {
  return Promise.all(
    castOf(name).reads.map(async ({ type, ...groups }) => {
      const info = listOf(await redis.command('XINFO', 'GROUPS', `orion:${type}s`)).map(fieldsOf);
      const found = info.find((fields) => fields.get('name') === groups[side]);
      return found === undefined ? null : textOf(found.get('last-delivered-id'));
    }),
  );
}

async function makeGroups(
  redis: RedisLink,
  name: string,
  side: 'source' | 'target',
  start: string,
): Promise<void> {
  for (const { type, ...groups } of castOf(name).reads) {
    const group = groups[side];
    await redis.command('XGROUP', 'CREATE', `orion:${type}s`, group, start).catch(() => undefined);
    // It stood where it was left: by hand it is set to the tip again.
    await redis.command('XGROUP', 'SETID', `orion:${type}s`, group, start);
  }
}

/** Enough for a consumer that handles in order: what is pending is the end of what was delivered. */
async function handOver(
  redis: RedisLink,
  name: string,
  side: 'source' | 'target',
): Promise<number> {
  const giving = side === 'target' ? 'source' : 'target';
  await makeGroups(redis, name, side, '$');
  let announced = 0;
  for (const { type, ...groups } of castOf(name).reads) {
    const stream = `orion:${type}s`;
    // The dying consumer's connection may be given messages until it is gone.
    while ((await blockedOn(redis, castOf(name))) > 0) await systemClock.sleep(5);
    const pending = listOf(
      await redis.command('XPENDING', stream, groups[giving], '-', '+', 1_000),
    ).map((item) => entryId(textOf(listOf(item)[0])));
    const [first] = pending;
    const info = listOf(await redis.command('XINFO', 'GROUPS', stream)).map(fieldsOf);
    const given = info.find((fields) => fields.get('name') === groups[giving]);
    const cursor = first ? predecessorOf(first) : textOf(given?.get('last-delivered-id'));
    await redis.command('XGROUP', 'SETID', stream, groups[side], cursor);
    if (first) await redis.command('XACK', stream, groups[giving], ...pending);
    announced += pending.length;
  }
  return announced;
}

async function blockedOn(redis: RedisLink, { name }: CastModule): Promise<number> {
  const clients = textOf(await redis.command('CLIENT', 'LIST')).split('\n');
  return clients.filter((line) => line.includes(`name=orion-${name} `)).length;
}

function castOf(name: string): CastModule {
  const module = CAST.find((candidate) => candidate.name === name);
  if (module === undefined) throw new Error(`nobody in the cast is called ${name}`);
  return module;
}
