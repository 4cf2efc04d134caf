import {
  type Check,
  GATES,
  type GateName,
  type GateResult,
  gateResult,
  groupsGate,
  haltGate,
  headroomGate,
  judgeChecks,
  moduleCriteria,
  orderGate,
  phase1Criteria,
  phase1Gate,
  refusals,
  type StreamHeadroom,
  soakGate,
  streamsOf,
  withOverrides,
} from '../checks/index.js';
import {
  discoverStreams,
  groupIn,
  lagAtLeast,
  lookAtStream,
  redisTimeMs,
  type StreamLook,
} from '../facts/index.js';
import { lookAtHeadroom, neededSeconds, PARKED_CONSUMER } from '../handoff/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { type StreamKey, streamKey } from '../redis/index.js';
import { lookingKind } from './define-step.js';
import { findHandoffs } from './handoffs.js';
import { type ModuleStanding, standings } from './module-standing.js';
import { soaksSince, withBaseline } from './phase-gates.js';
import { type AskedSoak, askSoak, foldSamples, type SoakReading } from './soak-evidence.js';
import type { StepContext } from './step-context.js';
import { validate } from './validate.js';

/*
 * The gates of a migration. All are evaluated, then refused together; only `pass` lets through, and
 * only some may be passed by name. `tests` is a step of its own, since it runs a program.
 */
export const gates = lookingKind({
  name: 'gates',
  summary: 'All conditions that must hold before a module may be moved.',
  nature: 'gate',
  describe: ({ module }) => `ask the gates of ${module.name}`,
  async look(context) {
    const results = await evaluateGates(context);
    const refused = refusals(results);
    const [first] = refused;
    if (first !== undefined)
      throw gateRefused(refused, first, `${context.module.name} may not be moved`);
    for (const result of results.filter(({ overridden }) => overridden !== null)) {
      await context.record('gate.overridden', {
        gate: result.gate,
        reason: result.overridden,
        verdict: result.verdict,
        evidence: result.evidence,
      });
    }
    await recordUnused(context, results);
    return {
      gates: results.map(({ gate, verdict, message }) => ({ gate, verdict, message })),
      headroomMs: leastHeadroomMs(results),
    };
  },
});

/** Every gate of `migrate` but `tests`, in the order of the list, with the overrides applied. */
export async function evaluateGates(context: StepContext): Promise<readonly GateResult[]> {
  const { plan, module, history, redis, options } = context;
  const looks = await firstLooks(context);
  const standing = await standings(context);
  const states = new Map([...standing].map(([name, { state }]) => [name, state]));
  const order = plan.modules.map(({ name }) => name);
  const previous = order[order.indexOf(module.name) - 1] ?? null;
  const found = await discoverStreams(redis, plan.streams.prefix);
  const { phase1, soak } = await soakGates(context, standing, previous);
  const results: GateResult[] = [
    haltGate(history),
    phase1,
    orderGate(module.name, order, states),
    soak,
    groupsGate(module, found, context.giving, options.missingGroup),
    ...(inPause(context) ? [] : [await validateGate(context)]),
    headroomGate(await headrooms(context, looks)),
  ];
  const inOrder = results.sort((a, b) => GATES.indexOf(a.gate) - GATES.indexOf(b.gate));
  return withOverrides(inOrder, options.overrides);
}

/** An override of a gate that this verb does not ask changes nothing, and is noted. */
async function recordUnused(context: StepContext, results: readonly GateResult[]): Promise<void> {
  const asked = [...results.map(({ gate }) => gate), 'tests'];
  for (const [gate, reason] of context.options.overrides) {
    if (asked.some((name) => name === gate)) continue;
    await context.record('gate.overridden', { gate, reason, verdict: 'not asked' });
  }
}

/** The headroom that the pause may use half of; null where trimming is no danger or no rate is known. */
function leastHeadroomMs(results: readonly GateResult[]): number | null {
  const streams = results.find(({ gate }) => gate === 'headroom')?.evidence['streams'];
  const seconds = (Array.isArray(streams) ? streams : [])
    .map((stream: JsonObject) => stream['seconds'])
    .filter((value): value is number => typeof value === 'number');
  return seconds.length === 0 ? null : Math.min(...seconds) * 1_000;
}

/** Within the pause the module is down and its messages wait, so the daily check would fail by right. */
function inPause({ run }: StepContext): boolean {
  return run.earlier.intent('stop') !== null;
}

/** The error of gates that refuse: the first in the order of the list gives the code. */
export function gateRefused(
  refused: readonly GateResult[],
  first: GateResult,
  what: string,
): OrionError {
  const names = refused.map(({ gate, verdict, message }) => `${gate} (${verdict}): ${message}`);
  return new OrionError({
    kind: 'gate',
    code: `gate.${first.gate}`,
    exitCode: first.exitCode,
    message: `${what}: ${names.join('; ')}.`,
    hint: `Nothing was changed.${first.hint === null ? '' : ` ${first.hint}`}`,
    next: ['orion-bus status'],
  });
}

/** The two gates that rest on samples: phase 1, and the soak of the module before. */
async function soakGates(
  context: StepContext,
  standing: ReadonlyMap<string, ModuleStanding>,
  previous: string | null,
): Promise<Readonly<Record<'phase1' | 'soak', GateResult>>> {
  const { plan, history, redis } = context;
  const nowMs = await redisTimeMs(redis);
  const { phase1Ms, moduleMs } = plan.soak;
  const phase1 = (untilMs: number): SoakReading =>
    askSoak({
      sinceMs: history.phase1SinceMs,
      nowMs: untilMs,
      lengthMs: phase1Ms,
      everyMs: plan.watch.everyMs,
      criteria: () => phase1Criteria(plan.thresholds, phase1Ms),
      validatedDaily: true,
    });
  // What happens after the first module has moved is judged by the soaks of the modules.
  const phase1s = [phase1(Math.min(nowMs, ...soaksSince(context))), phase1(nowMs)] as const;
  const module = plan.modules.find(({ name }) => name === previous) ?? null;
  const soak = await withBaseline('soak', plan.stateDir, async (baseline) => {
    const reading =
      module === null
        ? null
        : askSoak({
            sinceMs: history.modules.get(module.name)?.soakSinceMs ?? null,
            nowMs,
            lengthMs: moduleMs,
            everyMs: plan.watch.everyMs,
            criteria: () => moduleCriteria(module, plan.thresholds, baseline),
            ...(await rightNow(context, standing.get(module.name))),
          });
    await foldSamples(plan.stateDir, reading === null ? phase1s : [...phase1s, reading]);
    return soakGate(previous, reading === null ? null : reading.evidence());
  });
  const [before, now] = [phase1Gate(phase1s[0].evidence()), phase1Gate(phase1s[1].evidence())];
  return { phase1: before.verdict === 'pass' ? before : now, soak };
}

/** What a look right now has against the module’s soak. */
async function rightNow(
  context: StepContext,
  standing: ModuleStanding | undefined,
): Promise<Pick<AskedSoak, 'breaches' | 'parked'>> {
  const { backlog, parked } = await targetFigures(context, standing);
  const { target } = context.plan.thresholds.lag;
  const breaches = backlog >= target ? [`its backlog is ${backlog}, the target ${target}`] : [];
  return { breaches, parked };
}

async function targetFigures(
  { plan, redis, capabilities }: StepContext,
  standing: ModuleStanding | undefined,
): Promise<{ backlog: number; parked: number }> {
  let [backlog, parked] = [0, 0];
  if (standing === undefined) return { backlog, parked };
  const found = await discoverStreams(redis, plan.streams.prefix);
  for (const { stream, target } of streamsOf(standing.module, found, 'target')) {
    const look = await lookAtStream(redis, capabilities, streamKey(stream), {
      countCap: plan.thresholds.lag.alert + 1,
    });
    const group = groupIn(look, target);
    if (group === null) continue;
    const held = [...group.pendingByConsumer].find(([name]) => name === PARKED_CONSUMER)?.[1] ?? 0;
    parked += held;
    backlog = Math.max(backlog, lagAtLeast(group.lag) + group.pending - held);
  }
  return { backlog, parked };
}

/** A first look, taken before everything else is asked: by the second one trimming may be seen. */
async function firstLooks(context: StepContext): Promise<ReadonlyMap<string, StreamLook>> {
  const looks = new Map<string, StreamLook>();
  for (const { stream } of await findHandoffs(context)) {
    looks.set(stream, await lookAt(context, stream));
  }
  return looks;
}

async function headrooms(
  context: StepContext,
  before: ReadonlyMap<string, StreamLook>,
): Promise<readonly StreamHeadroom[]> {
  const { redis, plan, history } = context;
  const result: StreamHeadroom[] = [];
  for (const { stream, giving } of await findHandoffs(context)) {
    const now = await lookAt(context, stream);
    const group = groupIn(now, giving);
    if (group === null) continue;
    const maxLength = trimmedAt(before.get(stream), now, plan.streams.maxLength);
    const { headroom, rate } = await lookAtHeadroom(redis, now, group, maxLength);
    const backlog = lagAtLeast(group.lag) + group.pending;
    const pauseMs = history.longestPauseMs ?? plan.handoff.expectedPauseMs;
    result.push({ stream, ...headroom, needed: neededSeconds(pauseMs, backlog, rate) });
  }
  return result;
}

function lookAt(
  { redis, capabilities, plan }: StepContext,
  stream: StreamKey,
): Promise<StreamLook> {
  return lookAtStream(redis, capabilities, stream, { countCap: plan.thresholds.lag.alert + 1 });
}

/** The configured length, or a smaller one at which the stream was just seen being trimmed. */
function trimmedAt(before: StreamLook | undefined, now: StreamLook, maxLength: number): number {
  const removed = (look: StreamLook | undefined): number | null =>
    look === undefined || look.entriesAdded === null ? null : look.entriesAdded - look.length;
  const [earlier, later] = [removed(before), removed(now)];
  if (earlier === null || later === null || later <= earlier) return maxLength;
  return Math.min(maxLength, before?.length ?? maxLength, now.length);
}

/** The daily check as a gate; its own exit code is the gate's. */
async function validateGate(context: StepContext): Promise<GateResult> {
  const { active } = await context.services.state(context.module.service);
  const down = active === 'inactive' || active === 'failed';
  const verdict = await validate({ ...context, open: async () => context.redis });
  const failed = verdict.checks.filter(
    (check) => check.status === 'fail' && !(down && isWaiting(context, check)),
  );
  const evidence = { failed: failed.map(({ id, message }) => ({ id, message })) };
  if (failed.length === 0)
    return gateResult('validate', 'pass', 'the daily check passes', { evidence });
  return gateResult('validate', 'fail', `the daily check fails: ${failed[0]?.message ?? ''}`, {
    hint: 'orion-bus validate shows all findings.',
    evidence,
    exitCode: judgeChecks(failed, verdict.durationMs).exitCode,
  });
}

/** A module that is down lets its messages wait; whether it may be down is another step's question. */
function isWaiting({ module }: StepContext, { id }: Check): boolean {
  return id.startsWith(`group.${module.name}.`) && id.endsWith('.stuck');
}

/** The gates that `migrate` asks, by name. */
export const MIGRATE_GATES: readonly GateName[] = [
  'halt',
  'phase1',
  'order',
  'soak',
  'headroom',
  'groups',
  'tests',
  'validate',
];
