import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Issue } from '../../src/checks/index.js';
import { streamOfType, textOf } from '../../src/redis/index.js';
import { TARGET_SERVICE } from '../../src/rehearsal/host-config.js';
import { startMoody } from '../migration/setups.js';
import { PAST_PHASE1, Tool } from '../migration/tool.js';
import { openYard, type Yard } from '../migration/yard.js';
import { type BuiltCli, buildCli } from '../support/built-cli.js';
import { until } from '../support/until.js';
import { Guard, QUICK_TO_ALARM } from './guard.js';

/*
 * Every emergency criterion, really brought about: commander is on the target, memory waits to be
 * moved, and the guard watches. Each case ends with its cause gone and the halt cleared, and what was
 * lost by trimming is all that the ledger misses in the end.
 */

let cli: BuiltCli;
let yard: Yard;
let tool: Tool;
let guard: Guard;

// A breach stays in the soak of commander: whoever goes on after it says so.
const MOVE = ['migrate', 'memory', '--yes', ...PAST_PHASE1, '--override', 'soak'];
const REVERT = 'orion-bus rollback --phase 2 --module commander';
/** Several commands for each fault, on a machine with much to do. */
const A_WHILE = 180_000;
const DECISIONS = streamOfType('orion', 'decision');

beforeAll(async () => {
  cli = await buildCli();
  const leaky = fileURLToPath(new URL('./leaky-bus.mjs', import.meta.url));
  yard = await openYard(cli.root, { targetBus: [leaky, '{port}'] });
  tool = new Tool(cli, yard);
  guard = new Guard(yard, tool);
  await yard.configure((config) => ({ ...config, ...QUICK_TO_ALARM }));
  await yard.start('commander');
  await yard.start('memory');
  yard.feeder.start({ decision: 20 });
  expect(await tool.json('baseline', '--for', '1s')).toMatchObject({ code: 0 });
  expect(await tool.json('migrate', 'commander', '--yes', ...PAST_PHASE1)).toMatchObject({
    code: 0,
  });
  yard.feeder.stop();
  await guard.watch();
}, A_WHILE);
afterAll(async () => {
  await yard.end();
  await cli.remove();
});

interface Fault {
  readonly issue: Issue;
  readonly what: string;
  /** Part of the halt's reason. */
  readonly reason: string;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
  /** What the matrix says in phase 2. */
  readonly command: string;
}

/** Until Redis knows as well: it would hand the next message to one that is no more. */
async function stopCommander(): Promise<void> {
  await yard.host.units.stop('orion-commander');
  await until(async () => {
    const clients = textOf(await yard.host.redis.command('CLIENT', 'LIST'));
    return !clients.includes('name=orion-commander ');
  });
}

async function startCommander(): Promise<void> {
  await startMoody(yard, 'patient');
  // One that is stopped in a batch leaves it pending.
  await yard.quiet('commander');
}

const FAULTS: readonly Fault[] = [
  {
    issue: 'memory',
    what: 'a target bus that leaks memory',
    reason: 'memory has been above the alert for too long',
    async begin() {
      process.kill(yard.host.units.active(TARGET_SERVICE)?.pid ?? 0, 'SIGUSR2');
    },
    end: () => guard.restartTarget(),
    command: REVERT,
  },
  {
    issue: 'contract-errors',
    what: 'messages that break their contract',
    reason: 'messages break their contracts',
    begin: () =>
      yard.host.redis.pipeline(
        Array.from({ length: 20 }, () => [
          ...['xadd', streamOfType('orion', 'event'), '*', 'data', '{"type":"none of ours"}'],
        ]),
      ),
    // The daily check looks at the newest hundred.
    end: () => yard.feeder.publish('event', 100),
    command: REVERT,
  },
  {
    issue: 'lag',
    what: 'a consumer that has stopped',
    reason: 'have waited too long for commander-go',
    async begin() {
      await stopCommander();
      await yard.feeder.publish('decision', 60);
    },
    end: startCommander,
    command: REVERT,
  },
  {
    issue: 'processing-errors',
    what: 'a module that logs errors as it never did on the source',
    reason: 'commander has had',
    async begin() {
      await stopCommander();
      await startMoody(yard, 'angry');
    },
    async end() {
      await stopCommander();
      await startCommander();
    },
    command: REVERT,
  },
  {
    issue: 'bus-crash',
    what: 'a target bus that crashes',
    reason: 'the target bus is inactive',
    begin: () => yard.host.units.kill(TARGET_SERVICE),
    end: () => guard.restartTarget(),
    command: REVERT,
  },
  {
    issue: 'data-loss',
    what: 'a stream that is trimmed under a group',
    reason: '30 messages of commander-go on orion:decisions are lost',
    async begin() {
      await stopCommander();
      await yard.feeder.publish('decision', 35);
      // The ledger knows of them before they are gone.
      await yard.host.collect();
      // Memory reads the same stream, and must have had them.
      await yard.quiet('memory');
      await yard.host.redis.command('XTRIM', DECISIONS, 'MAXLEN', 5);
    },
    end: startCommander,
    command: 'orion-bus rollback --phase 2',
  },
];

it.each(FAULTS)(
  '$what: halted, until an operator clears it',
  async (fault) => {
    const { issue, reason, command } = fault;
    await fault.begin();
    const { halt, emergency, next } = await guard.halted(issue);
    expect(halt).toMatchObject({
      by: expect.stringContaining('watch@'),
      reason: expect.stringContaining(reason),
    });
    expect(emergency.column).toBe(2);
    const found = emergency.issues.find((each) => each.issue === issue);
    expect(found).toMatchObject({ verdict: 'fail', answer: { issue, phase: 2, command } });
    expect(emergency.answer).toMatchObject({ command });
    expect(next).toEqual([command]);
    for (const words of [MOVE, ['phase3', 'cutover', '--yes']]) {
      const refused = await tool.text(...words);
      expect(refused.code).toBe(1);
      expect(refused.text).toContain(reason);
    }
    await fault.end();
    await guard.calm();
    // It is over, and the stop stays in force until somebody has looked.
    expect(await tool.json(...MOVE)).toMatchObject({ code: 1 });
    expect(await tool.json('halt', '--clear', '--reason', 'mended')).toMatchObject({ code: 0 });
    expect(await tool.json(...MOVE, '--dry-run')).toMatchObject({
      code: 0,
      document: { wouldExit: 0 },
    });
    expect((await guard.status()).halt).toBeNull();
  },
  A_WHILE,
);

it(
  'after all of which the migration goes on, with nothing lost but what was trimmed',
  async () => {
    expect(await tool.json(...MOVE)).toMatchObject({ code: 0, document: { outcome: 'done' } });
    expect(await yard.settled('commander')).toMatchObject({ lost: 30, twice: 0, owed: 0 });
    expect(await yard.settled('memory')).toMatchObject({ lost: 0, twice: 0, owed: 0 });
    const halts = (await yard.journal()).filter(({ type }) => type === 'halt.raised');
    expect(halts).toHaveLength(FAULTS.length);
    expect(await guard.told('halt.raised')).toHaveLength(FAULTS.length);
  },
  A_WHILE,
);
