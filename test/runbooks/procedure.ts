import { type JsonObject, OrionError } from '../../src/problems/index.js';
import type { Runbook } from '../../src/runbooks/index.js';
import { parseRunbook } from '../../src/runbooks/parse-runbook.js';
import type { AnyContext, StepContext, StepKind } from '../../src/steps/index.js';

/*
 * A small migration on a real Redis: one hash is a world. `service` is up or down, `owner` is who reads,
 * `settings` is where the module looks; what `FIELD:jammed` names cannot be set. The kinds are made as the real ones are: they look before and after.
 */

/** A step's context in these tests: what the kinds below touch, and which step they are at. */
export interface World extends StepContext {
  readonly at: string;
  /** What the keys of this world begin with. */
  readonly world: string;
}

/** Everything a kind does passes here, so that a test can stop the process, or fail, at any point. */
export type Pass = (point: string) => Promise<void>;

const TEXT: JsonObject = { type: 'string' };
/** One object for all kinds, since a schema is compiled once. */
const SCHEMA: JsonObject = {
  type: 'object',
  properties: { field: TEXT, value: TEXT, of: TEXT },
  additionalProperties: false,
};

export function kindsOf(pass: Pass): ReadonlyMap<string, StepKind> {
  const looking = (
    name: string,
    nature: 'gate' | 'check' | 'fence',
    expires?: 'until-stop',
  ): StepKind => ({
    name,
    summary: `looks whether ${name} holds`,
    schema: SCHEMA,
    nature,
    pause: 'none',
    ...(expires === undefined ? {} : { expires }),
    plan: async (_, args) => [{ id: name, text: `look at ${args['field']}`, data: args }],
    capture: async () => ({}),
    satisfied: async () => 'no',
    async apply(context, args) {
      const at = stepOf(context);
      await pass(`${at} before look`);
      await context.redis.command('RPUSH', keyOf(context, 'looks'), at);
      const found = await read(context, String(args['field']));
      await pass(`${at} after look`);
      if (found !== args['value']) {
        throw new OrionError({
          kind: nature === 'gate' ? 'gate' : 'fence',
          code: `${name}.refused`,
          message: `${args['field']} is ${found}`,
        });
      }
      return { found };
    },
    verify: async () => [],
  });

  /** Sets one field, in two writes so that a process can end between them. */
  const setting = (name: string, pause: 'begins' | 'ends' | 'none', target: Target): StepKind => ({
    name,
    summary: `sets a field of the world`,
    schema: SCHEMA,
    nature: 'effect',
    pause,
    plan: async (_, args) => [{ id: name, text: `set ${args['field']}`, data: args }],
    async capture(context, args) {
      const at = stepOf(context);
      await pass(`${at} before capture`);
      const before = await read(context, String(args['field']));
      await context.redis.command('RPUSH', keyOf(context, 'captures'), at);
      await pass(`${at} after capture`);
      return { before };
    },
    async satisfied(context, args) {
      const field = String(args['field']);
      const [value, proof] = [await read(context, field), await read(context, `${field}:proof`)];
      const wanted = target(context, args);
      return value === wanted && proof === wanted ? 'yes' : 'no';
    },
    async apply(context, args, intent, report) {
      const at = stepOf(context);
      const field = String(args['field']);
      const wanted = target(context, args);
      await pass(`${at} before apply`);
      if (wanted !== '' && (await read(context, `${field}:jammed`)) === wanted) {
        throw new OrionError({
          kind: 'prerequisite',
          code: 'jammed',
          message: `${field} is jammed`,
        });
      }
      report({ text: `sets ${field}` });
      // A module is up last of all: only then has it been started.
      const writes = pause === 'ends' ? [`${field}:proof`, field] : [field, `${field}:proof`];
      await context.redis.command('HSET', keyOf(context, 'fields'), String(writes[0]), wanted);
      await pass(`${at} during apply`);
      context.signal.throwIfAborted();
      await context.redis.command('HSET', keyOf(context, 'fields'), String(writes[1]), wanted);
      await context.redis.command(
        'RPUSH',
        keyOf(context, 'applied'),
        `${at} from ${intent['before']}`,
      );
      await pass(`${at} after apply`);
      return { now: wanted };
    },
    async verify(context, args) {
      await pass(`${stepOf(context)} before verify`);
      const field = String(args['field']);
      const ok = (await read(context, field)) === target(context, args);
      return [{ id: `world.${field}`, status: ok ? 'pass' : 'fail', message: `${field} is set` }];
    },
  });

  const literal: Target = (_, args) => String(args['value']);
  /** What stood there before the step that is taken back. */
  const former: Target = (context, args) =>
    String(context.run.undoing.intent(String(args['of']))?.['before'] ?? args['value']);

  const kinds = [
    looking('gate', 'gate'),
    looking('tests', 'gate', 'until-stop'),
    looking('check', 'check'),
    looking('fence', 'fence'),
    setting('stop', 'begins', literal),
    setting('set', 'none', literal),
    setting('restore', 'none', former),
    setting('start', 'ends', literal),
  ];
  return new Map(kinds.map((kind) => [kind.name, kind]));
}

type Target = (context: AnyContext, args: JsonObject) => string;

export const MIGRATE = `---
id: migrate
title: Move it
phase: 2
on-failure: back
---
# Move it

## The gate
${step('gate-order', 'gate', 'field: gate, value: open')}
## The tests
${step('tests', 'tests', 'field: tests, value: green')}
## The group
${step('create', 'set', 'field: group, value: made')}
## Stop
${step('stop', 'stop', 'field: service, value: down')}
## Fence
${step('fence', 'fence', 'field: service, value: down')}
## Turn
${step('turn', 'set', 'field: owner, value: target')}
## Settings
${step('settings', 'set', 'field: settings, value: target')}
## Start
${step('start', 'start', 'field: service, value: up')}
## Flow
${step('flow', 'check', 'field: flow, value: flowing', 'exit: 2')}
## Soak
${step('soak', 'set', 'field: soak, value: begun')}
`;

export const BACK = `---
id: back
title: Take it back
phase: 2
---
## Stop it
${step('stop', 'stop', 'field: service, value: down')}
## Turn it back
${step('turn', 'restore', 'field: owner, value: source, of: turn')}
## Settings back
${step('settings', 'restore', 'field: settings, value: source, of: settings')}
## See that it is back
${step('fence', 'fence', 'field: owner, value: source')}
## Start it
${step('start', 'start', 'field: service, value: up')}
`;

export const migrate: Runbook = parseRunbook(MIGRATE, 'migrate.md');
export const back: Runbook = parseRunbook(BACK, 'back.md');

/** The world before a migration, where everything holds. */
export const SOUND: Readonly<Record<string, string>> = {
  gate: 'open',
  tests: 'green',
  service: 'up',
  'service:proof': 'up',
  owner: 'source',
  'owner:proof': 'source',
  settings: 'source',
  'settings:proof': 'source',
  flow: 'flowing',
};

function step(id: string, uses: string, args: string, more = ''): string {
  return `Why.\n\n\`\`\`yaml step\nid: ${id}\nuses: ${uses}\nwith: { ${args} }\n${more}\n\`\`\`\n\n\`\`\`bash by-hand\ntrue\n\`\`\`\n`;
}

/** Made so by the rig, see there; the engine passes it through untouched. */
const worldOf = (context: AnyContext): World => context as World;

const stepOf = (context: AnyContext): string => worldOf(context).at;
const keyOf = (context: AnyContext, name: string): string => `${worldOf(context).world}:${name}`;

async function read(context: AnyContext, field: string): Promise<string> {
  return String((await context.redis.command('HGET', keyOf(context, 'fields'), field)) ?? '');
}
