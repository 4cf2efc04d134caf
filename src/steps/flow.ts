import {
  errorsSince,
  groupIn,
  type LogPosition,
  lagAtLeast,
  lookAtReaders,
  lookAtStream,
  pendingEntries,
  readersOfGroup,
} from '../facts/index.js';
import { PARKED_CONSUMER } from '../handoff/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { COUNT_BETWEEN, entryId, groupName, streamKey } from '../redis/index.js';
import { baselineOrNone } from './baseline-or-none.js';
import { lookingKind } from './define-step.js';
import { expectCursor, type TurnedStream, turnedStreams } from './look-again.js';
import { wantsRunning } from './ran-before.js';
import type { StepContext } from './step-context.js';

/*
 * Flow: messages run through the module on its new side. It is there as soon as a reader of the
 * receiving group is seen, a message delivered since the start is acknowledged on one stream, and the
 * backlog is below target. Where no message comes within `handoff.flowWait`, a reader is enough.
 *
 * What was pending at the turn's cursor or before it was put there by the turn: parked, or waiting for a
 * consumer to claim it, which takes as long as that consumer's min-idle. It is no part of the flow.
 */
export const flow = lookingKind({
  name: 'flow',
  summary: 'A reader is seen, a message is acknowledged, the backlog is below target, no errors.',
  nature: 'check',
  describe: ({ module }) => `see messages flow through ${module.name}`,
  async look(context, report) {
    const turned = turnedStreams(context).filter(({ abandoned }) => !abandoned);
    if (!(await wantsRunning(context))) {
      return { verdict: 'pass', reason: 'the module is down, as it was' };
    }
    if (turned.length === 0) return { verdict: 'pass', reason: 'nothing was handed over' };
    const log = logAtStart(context);
    const began = context.clock.now();
    const seen = await waitForFlow(context, turned, report);
    await expectErrorsAsBefore(context, log, context.clock.now() - began);
    for (const { stream, giving, receiving, cursor } of turned) {
      // A settle hands over to the same group, which is read again by right.
      if (giving !== receiving) await expectCursor(context, stream, giving, cursor);
    }
    return seen;
  },
});

interface Progress {
  readonly acknowledged: number;
  readonly delivered: number;
  readonly backlog: number;
}

const PAUSE_MS = 200;
/** A module may take this long from its start to its first read, however short the wait for messages. */
const READER_WITHIN_MS = 10_000;
/** A backlog that reaches no new low for this long, in multiples of the flow wait, is no flow. */
const PATIENCE = 10;
const LEAST_PATIENCE_MS = 20_000;

async function waitForFlow(
  context: StepContext,
  turned: readonly TurnedStream[],
  report: (progress: { text: string }) => void,
): Promise<JsonObject> {
  const { clock, plan } = context;
  const began = clock.now();
  const target = plan.thresholds.lag.target;
  let reader = false;
  let last = '';
  let least = { backlog: Number.POSITIVE_INFINITY, at: began };
  for (;;) {
    const progress = await progressOf(context, turned);
    reader = reader || progress.delivered > 0 || (await readerSeen(context, turned));
    await expectRunning(context);
    const waited = clock.now() - began;
    const result = { ...progress, reader, waitedMs: waited };
    if (reader && progress.acknowledged > 0 && progress.backlog < target) {
      return { verdict: 'pass', ...result };
    }
    if (waited > plan.handoff.flowWaitMs) {
      if (!reader && waited > READER_WITHIN_MS) throw noReader(context);
      if (reader && progress.delivered === 0 && progress.backlog === 0) {
        return { verdict: 'pass', idle: true, ...result };
      }
    }
    if (progress.backlog < least.backlog) least = { backlog: progress.backlog, at: clock.now() };
    const stillMs = clock.now() - least.at;
    if (reader && stillMs > Math.max(PATIENCE * plan.handoff.flowWaitMs, LEAST_PATIENCE_MS)) {
      throw noFlow(context, progress);
    }
    const told = `backlog ${progress.backlog}, target below ${target}`;
    if (progress.backlog >= target && told !== last) report({ text: told });
    last = told;
    await clock.sleep(PAUSE_MS, context.signal);
    context.signal.throwIfAborted();
  }
}

/** How much was delivered and acknowledged in the receiving groups since the turn. */
async function progressOf(
  context: StepContext,
  turned: readonly TurnedStream[],
): Promise<Progress> {
  let [acknowledged, delivered, backlog] = [0, 0, 0];
  const { redis, capabilities, plan } = context;
  const cap = plan.thresholds.lag.alert + 1;
  for (const { stream, receiving, cursor } of turned) {
    const look = await lookAtStream(redis, capabilities, streamKey(stream), { countCap: cap });
    const group = groupIn(look, receiving);
    if (group === null) continue;
    const inHand = await pendingSince(redis, stream, receiving, cursor, cap);
    backlog += inHand + lagAtLeast(group.lag);
    if (group.cursor === cursor) continue;
    // What lies between the cursors was delivered; whether it is more than the cap is no matter here.
    const since = await deliveredSince(redis, stream, cursor, group.cursor, inHand + cap);
    delivered += since;
    acknowledged += Math.max(0, since - inHand);
  }
  return { acknowledged, delivered, backlog };
}

/** How many behind the turn's cursor are in hand, parked ones left out; no more than the cap are counted. */
async function pendingSince(
  redis: StepContext['redis'],
  stream: string,
  group: string,
  cursor: string,
  cap: number,
): Promise<number> {
  const after = entryId(cursor);
  let inHand = 0;
  for await (const page of pendingEntries(redis, streamKey(stream), groupName(group), { after })) {
    inHand += page.filter(({ consumer }) => consumer !== PARKED_CONSUMER).length;
    if (inHand >= cap) break;
  }
  return inHand;
}

async function deliveredSince(
  redis: StepContext['redis'],
  stream: string,
  from: string,
  to: string,
  cap: number,
): Promise<number> {
  return Number(await redis.script(COUNT_BETWEEN, [stream], [`(${from}`, to, cap]));
}

async function readerSeen(context: StepContext, turned: readonly TurnedStream[]): Promise<boolean> {
  const look = await lookAtReaders(context.redis, {
    clock: context.clock,
    allowed: context.plan.handoff.probe,
  });
  return turned.some(
    ({ stream, receiving }) =>
      readersOfGroup(look, { stream, group: receiving, database: context.redis.database }).length >
      0,
  );
}

/** Where the module's log ended when it was started; lines written since are its own of this start. */
function logAtStart({ run }: StepContext): LogPosition {
  const log = run.earlier.intent('start')?.['log'];
  // Written by the start step of this run, in the shape of a position.
  return (log as LogPosition | undefined) ?? { kind: 'none', reason: 'the module was not started' };
}

/** A rate over less than this says nothing: one line in half a second would be a hundred a minute. */
const LEAST_RATED_MS = 60_000;

/** Handoff 8: no more lines of errors a minute than half above the baseline; without a baseline none. */
async function expectErrorsAsBefore(
  { plan, module }: StepContext,
  log: LogPosition,
  elapsedMs: number,
): Promise<void> {
  const { count } = await errorsSince(log, plan.logs.error);
  if (count === null || count === 0) return;
  const baseline = await baselineOrNone(plan.stateDir);
  const perMinute = baseline?.errorsPerMinute[module.name] ?? null;
  const ratedMs = Math.max(elapsedMs, LEAST_RATED_MS);
  const allowed = (perMinute ?? 0) * (1 + plan.thresholds.errorIncrease) * (ratedMs / 60_000);
  if (count <= allowed) return;
  throw new OrionError({
    kind: 'validation',
    code: 'flow.errors',
    message: `${module.name} wrote ${count} lines of errors since its start (${module.log}).`,
    hint:
      perMinute === null
        ? 'Without a baseline none are allowed.'
        : `By its baseline ${allowed.toFixed(1)} would be allowed.`,
    next: [`orion-bus status`],
  });
}

/** A module that was started and ended again is not one that was down before. */
async function expectRunning({ services, module, receiving }: StepContext): Promise<void> {
  const { active } = await services.state(module.service);
  if (active !== 'inactive' && active !== 'failed') return;
  throw new OrionError({
    kind: 'flow',
    code: 'flow.down',
    message: `${module.name} was started on the ${receiving} and is ${active} again.`,
    hint: 'Its log tells why it ended.',
    next: ['orion-bus status'],
  });
}

function noReader({ module, receiving }: StepContext): OrionError {
  return new OrionError({
    kind: 'flow',
    code: 'flow.no-reader',
    message: `${module.name} was started, but nobody reads its ${receiving} groups.`,
    hint: 'Do its settings take effect, and does it use this Redis?',
    next: ['orion-bus groups', 'orion-bus status'],
  });
}

function noFlow({ module, plan }: StepContext, { backlog, acknowledged }: Progress): OrionError {
  return new OrionError({
    kind: 'flow',
    code: 'flow.backlog',
    message: `${module.name} does not keep up: ${acknowledged} acknowledged, backlog ${backlog} (target ${plan.thresholds.lag.target}).`,
    next: ['orion-bus lag --once', 'orion-bus status'],
  });
}
