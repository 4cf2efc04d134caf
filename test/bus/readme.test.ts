import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { anEvent, startBus, type TestBus, until } from './bus-fixture.js';
import { subscribeTo } from './sse-client.js';

/* What README's section on the bus names is there, and what is there is named. */

const root = new URL('../../', import.meta.url);
const text = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

let redis: TestRedis;
let bus: TestBus;
let page = '';

beforeAll(async () => {
  const readme = await text('README.md');
  page = readme.slice(readme.indexOf('## The bus'), readme.indexOf('## For whoever works on it'));
  redis = await startRedis();
  bus = await startBus(redis);
});
afterAll(async () => {
  await bus.server.stop(0);
  await redis.stop();
});

/** The names in backquotes in the first cells of the table with this heading. */
function tableOf(heading: string): string[] {
  const lines = page.slice(page.indexOf(`| ${heading} |`)).split('\n');
  const rows = lines.slice(
    2,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

/** The fields of an interface, as its source has them. */
async function fieldsOf(path: string, name: string): Promise<string[]> {
  const source = await text(path);
  const from = source.indexOf(`export interface ${name} {`);
  const body = source.slice(from, source.indexOf('\n}', from));
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field = '']) => field);
}

const sorted = (names: readonly string[]): string[] =>
  [...names].sort((a, b) => a.localeCompare(b));

test('every route', async () => {
  const { paths } = (await (await fetch(`${bus.url}/openapi.json`)).json()) as {
    paths: Record<string, object>;
  }; // OpenAPI's own shape
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => method !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(sorted(tableOf('route'))).toEqual(sorted(routes));
});

test('every metric', async () => {
  const client = await subscribeTo(`${bus.url}/messages/event?group=g&consumer=c&start=beginning`);
  await bus.post('event', JSON.stringify(anEvent()));
  await client.next();
  let names: string[] = [];
  await until(async () => {
    const metrics = await (await fetch(`${bus.url}/metrics`)).text();
    names = [...metrics.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    return names.includes('redis_stream_group_lag') && names.includes('orion_bus_subscriptions');
  });
  client.vanish();
  expect(sorted(tableOf('metric'))).toEqual(sorted(names));
});

test('every flag of `serve`', async () => {
  const source = await text('src/commands/serve.ts');
  const flags = [...source.matchAll(/^ {4}'([a-z-]+)': (?:Flags|durationFlag)/gm)].map(
    ([, name = '']) => `--${name}`,
  );
  expect(sorted(tableOf('flag of `serve`'))).toEqual(sorted(flags));
});

test('every option and every problem of the library', async () => {
  expect(tableOf('option of `createBus`')).toEqual(
    await fieldsOf('src/bus/create-bus.ts', 'BusOptions'),
  );
  const options = await fieldsOf('src/bus/subscription.ts', 'SubscribeOptions');
  expect(tableOf('option of `subscribe`')).toEqual(options);
  const source = await text('src/bus/subscription.ts');
  const codes = source.slice(source.indexOf('export type ProblemCode ='));
  const named = [...codes.slice(0, codes.indexOf(';')).matchAll(/'([^']+)'/g)].map(
    ([, code = '']) => code,
  );
  expect(named.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

test('every parameter of a subscription, and the fields of a dead letter', async () => {
  const known = /const KNOWN = \[(.*)\]/.exec(
    await text('src/bus/http-subscription-request.ts'),
  )?.[1];
  const parameters = [...(known ?? '').matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  const fields =
    /'original_id'.*'time'/.exec(await text('src/bus/subscriber-scripts.ts'))?.[0] ?? '';
  const names = [...fields.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  expect([parameters.length, names.length]).toEqual([5, 5]);
  expect([...parameters, ...names].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
