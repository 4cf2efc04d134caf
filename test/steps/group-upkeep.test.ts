import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { guardStreams } from '../../src/journal/index.js';
import {
  fieldsOf,
  groupName,
  listOf,
  numberOf,
  type RedisLink,
  streamKey,
  textOf,
} from '../../src/redis/index.js';
import { checkLag, mendLag } from '../../src/steps/index.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

/* A lag that was mended is right, whatever has been done to the stream; nothing else changes. */

const place = { stream: streamKey('orion:events'), group: groupName('g') };
const TOKEN = 3;
let server: TestRedis;
let link: RedisLink;

beforeAll(async () => {
  server = await startRedis();
  link = server.link;
});

afterAll(() => server.stop());

type Op = readonly [name: string, n: number];
const op: fc.Arbitrary<Op> = fc.tuple(
  fc.constantFrom('add', 'add', 'read', 'read', 'trim', 'trim', 'delete', 'set', 'set-unknown'),
  fc.nat({ max: 9 }),
);

it('mends what is false and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 4, maxLength: 20 }), async (ops) => {
      await play(ops);
      const before = await look();
      const found = await checkLag(link, place);
      expect(await look()).toEqual(before);
      const isFalse = before.reported !== null && before.reported !== before.truth;
      expect(found.verdict).toBe(
        isFalse ? 'false' : before.reported === null ? 'unknown' : 'right',
      );
      const result = await mendLag({ redis: link, token: TOKEN }, place);
      const after = await look();
      expect(after).toMatchObject({ cursor: before.cursor, pending: before.pending });
      if (isFalse) {
        expect(result.verdict).toBe('mended');
        expect([null, before.truth]).toContain(after.reported);
      } else expect(after).toEqual(before);
    }),
    { numRuns: 150 },
  );
});

it('is refused to whoever was outrun', async () => {
  await play([['add', 3]]);
  await expect(mendLag({ redis: link, token: TOKEN - 1 }, place)).rejects.toMatchObject({
    code: 'lease.lost',
  });
  await expect(checkLag(link, { ...place, group: 'none' })).rejects.toMatchObject({
    code: 'groups.missing',
  });
});

async function play(ops: readonly Op[]): Promise<void> {
  await link.command('FLUSHALL');
  await guardStreams(link, TOKEN, [place.stream]);
  await link.command('XGROUP', 'CREATE', place.stream, place.group, '0', 'MKSTREAM');
  let last = 0;
  for (const [name, n] of ops) {
    if (name === 'add') {
      for (let i = 0; i <= n; i += 1) {
        last += 1;
        await link.command('XADD', place.stream, `${last}-0`, 'data', '{}');
      }
    } else if (name === 'read') {
      const read = ['GROUP', place.group, 'c', 'COUNT', n + 1, 'STREAMS', place.stream, '>'];
      await link.command('XREADGROUP', ...read);
    } else if (name === 'trim') await link.command('XTRIM', place.stream, 'MAXLEN', n);
    else if (name === 'delete') await link.command('XDEL', place.stream, `${n}-0`);
    else if (name === 'set') {
      const read = ['ENTRIESREAD', n];
      await link.command('XGROUP', 'SETID', place.stream, place.group, `${n}-0`, ...read);
    } else await link.command('XGROUP', 'SETID', place.stream, place.group, `${n}-0`);
  }
}

async function look() {
  const [flat] = listOf(await link.command('XINFO', 'GROUPS', place.stream));
  const fields = fieldsOf(flat);
  const cursor = textOf(fields.get('last-delivered-id'));
  const after = await link.command('XRANGE', place.stream, `(${cursor}`, '+');
  return {
    cursor,
    pending: fields.get('pending'),
    entriesRead: fields.get('entries-read'),
    reported: numberOf(fields.get('lag')),
    truth: listOf(after).length,
  };
}
