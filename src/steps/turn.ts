import { entryAgeMs, groupIn, groupOf, type Plan, settingsSide } from '../facts/index.js';
import {
  carrierOf,
  handOver,
  isParked,
  lossSampleOf,
  moveBack,
  type PlannedTurn,
  planHandOver,
  type StreamState,
} from '../handoff/index.js';
import { type Finding, type JsonObject, OrionError } from '../problems/index.js';
import { groupName, streamKey } from '../redis/index.js';
import { isHandedOver } from './active-side.js';
import { changingKind } from './define-step.js';
import { findHandoffs } from './handoffs.js';
import { expectHeadroomLeft, untilRedisAnswers } from './redis-outage.js';
import { settleIntent, settleStopped } from './settle-stopped.js';
import type { StepContext } from './step-context.js';
import { type TurnIntent, turnIntent, turnOf } from './turn-intent.js';

/*
 * The turn of every stream of the module. Where the settings already point to the receiving side,
 * nobody has started on the giving one since its own turn: then nothing is handed over. What the undone
 * run had moved is moved back, and what the module had in hand at its stop is settled in place.
 */
export const turn = changingKind({
  name: 'turn',
  summary: 'Makes the receiving groups owe exactly what the giving groups owe.',
  async plan(context) {
    if (await isHandedOver(context)) {
      return ['give back what was moved and settle what was in hand at a stop, if anything'];
    }
    const handoffs = await findHandoffs(context);
    const names = handoffs.map(
      ({ stream, giving, receiving }) => `${stream}: ${giving} → ${receiving}`,
    );
    return names.length === 0
      ? ['no stream has to be turned']
      : names.map((name) => `turn ${name}`);
  },
  async capture(context) {
    if (await startsElsewhere(context)) return { streams: [], announced: 0 };
    if (await isHandedOver(context)) return settleIntent(context);
    return untilRedisAnswers(context, async () =>
      turnIntent(await planHandOver(handOverOptions(context), await findHandoffs(context))),
    );
  },
  // The script compares and sets, so doing it again does no harm; what it did is seen by the look.
  satisfied: async () => 'no',
  async apply(context, intent) {
    const before = turnOf(context.run.undoing.intent('turn'));
    if (await startsElsewhere(context)) return { movedBack: 0, announced: 0 };
    if (await isHandedOver(context)) {
      const back = await giveBack(context, before);
      const settled = await settleStopped(context, (plans) => recordLosses(context, plans));
      const announced = Math.max(turnOf(intent).announced, Number(settled['announced']));
      return { ...back, ...settled, announced };
    }
    expectHeadroomLeft(context);
    // Done again after a lost answer it finds the groups turned, and moves and turns nothing more.
    const { turns, moved } = await untilRedisAnswers(context, async () => {
      const handoffs = await findHandoffs(context);
      await context.guard(handoffs.map(({ stream }) => stream));
      return handOver(handOverOptions(context), handoffs, async (plans) => {
        expectIntended(turnOf(intent), plans);
        await recordLosses(context, plans);
      });
    });
    const announcedNow = turns.reduce((sum, { plan }) => sum + plan.announced, 0);
    return {
      // A turn that is done again finds nothing left to announce; what the intent said still holds.
      announced: Math.max(turnOf(intent).announced, announcedNow),
      streams: turns.map(({ state, plan }) => ({
        stream: state.handoff.stream,
        giving: state.handoff.giving,
        receiving: state.handoff.receiving,
        kind: plan.kind,
        cursor: plan.cursor,
        again: plan.run.length + plan.above.length,
        moved: moved.get(state.handoff.stream) ?? 0,
        ghosts: plan.ghosts.length,
        parkedGone: plan.ghosts.filter(isParked).length,
        abandoned: isAbandoned(context, state),
        loss: lossSampleOf(state),
      })),
    };
  },
  async verify({ plan }, { streams, trimmedBack }) {
    return [
      ...trimmedWarnings(Number(trimmedBack ?? 0), plan),
      ...(Array.isArray(streams) ? streams : []).flatMap((stream) => warningsOf(stream, plan)),
    ];
  },
});

function trimmedWarnings(count: number, plan: Plan): readonly Finding[] {
  if (count === 0) return [];
  const message = `${count} messages were trimmed from their stream before they could be given back; nothing holds them any more but the files under ${plan.stateDir}/parked`;
  return [{ id: 'turn.trimmed-back', status: 'warn', message }];
}

function warningsOf(stream: JsonObject, plan: Plan): readonly Finding[] {
  const where = `${String(stream['giving'])} on ${String(stream['stream'])}`;
  const warn = (id: string, message: string): Finding => ({ id, status: 'warn', message });
  const gone = Number(stream['parkedGone'] ?? 0);
  return [
    ...(stream['abandoned'] === true
      ? [
          warn(
            'turn.abandoned',
            `${where} was not read for over an hour; it was handed over all the same`,
          ),
        ]
      : []),
    ...(gone > 0
      ? [
          warn(
            'turn.parked-gone',
            `of ${gone} parked messages of ${where} the entries were trimmed; nothing holds them any more but the files under ${plan.stateDir}/parked`,
          ),
        ]
      : []),
  ];
}

/**
 * A way back that failed behind its edit is not taken back: the module is started on the source, and
 * what was moved there with it must stay, or nobody would owe it any more.
 */
async function startsElsewhere(context: StepContext): Promise<boolean> {
  const { run, receiving, module } = context;
  if (run.verb !== 'rollback' || receiving !== 'target') return false;
  return (await settingsSide(module.settings)).side === 'source';
}

const ABANDONED_AFTER_MS = 60 * 60_000;

/**
 * A group that a running module has left unread for so long is abandoned: it is handed over, and no
 * flow is waited for on it. Of a module that was down nothing can be concluded.
 */
function isAbandoned({ run }: StepContext, { look, handoff }: StreamState): boolean {
  if (run.earlier.intent('stop')?.['active'] !== 'active') return false;
  const next = groupIn(look, handoff.giving)?.nextUndeliveredId ?? null;
  return (entryAgeMs(next, look.atMs) ?? 0) > ABANDONED_AFTER_MS;
}

function handOverOptions(context: StepContext): Parameters<typeof handOver>[0] {
  return {
    link: context.redis,
    capabilities: context.capabilities,
    token: context.run.token,
    stateDir: context.plan.stateDir,
    carrier: carrierOf(context.plan[context.receiving]),
  };
}

/**
 * Groups that changed behind the fence may only have come to owe less than the intent says: what it
 * does not name could not be moved back, and was not announced.
 */
function expectIntended(intent: TurnIntent, turns: readonly PlannedTurn[]): void {
  const known = new Set(
    intent.streams.flatMap(({ stream, move }) => move.map(({ id }) => `${stream} ${id}`)),
  );
  const announced = turns.reduce((sum, { plan }) => sum + plan.announced, 0);
  const isKnown = turns.every(({ state, plan }) =>
    plan.move.every(({ id }) => known.has(`${state.handoff.stream} ${id}`)),
  );
  if (isKnown && announced <= intent.announced) return;
  throw new OrionError({
    kind: 'groups',
    code: 'handoff.changed',
    message: 'Somebody read from the groups behind the fence, so nothing was turned.',
    hint: 'Find the second reader, and stop it.',
    next: ['orion-bus groups', 'orion-bus status'],
  });
}

/** What is about to be acknowledged for good is named in the journal before anything touches it. */
async function recordLosses(context: StepContext, turns: readonly PlannedTurn[]): Promise<void> {
  for (const { state, plan } of turns) {
    const { stream, giving, receiving } = state.handoff;
    if (plan.ghosts.length > 0) {
      await context.record('ghosts', {
        stream,
        group: giving,
        entries: plan.ghosts.map((entry) => ({ ...entry })),
      });
    }
    if (plan.receivingStale.length > 0) {
      await context.record('stale', {
        stream,
        group: receiving,
        entries: plan.receivingStale.map((entry) => ({ ...entry })),
      });
    }
  }
}

/**
 * Only a run that gave from the side to which this one returns can have moved anything away from it.
 * With Redis gone the module must be started all the same: then the entries stay where they are, in
 * the other group, until the rollback is done again.
 */
async function giveBack(context: StepContext, before: TurnIntent): Promise<JsonObject> {
  const mine = before.streams.filter(
    ({ type, giving, move }) =>
      giving === groupOf(context.module, type, context.receiving) && move.length > 0,
  );
  let [count, trimmed] = [0, 0];
  try {
    if (mine.length > 0) await context.guard(mine.map(({ stream }) => streamKey(stream)));
    for (const { stream, type, giving, receiving, move } of mine) {
      const options = { link: context.redis, token: context.run.token };
      const handoff = {
        stream: streamKey(stream),
        type,
        giving: groupName(giving),
        receiving: groupName(receiving),
      };
      const back = await moveBack(options, handoff, move);
      count += back.count;
      trimmed += back.trimmed.length;
      if (back.trimmed.length > 0) {
        const entries = back.trimmed.map((entry) => ({ ...entry }));
        await context.record('ghosts', { stream, group: receiving, entries });
      }
    }
    return { movedBack: count, trimmedBack: trimmed };
  } catch (error) {
    if (!(error instanceof OrionError) || error.code !== 'redis.unreachable') throw error;
    return { movedBack: count, problem: error.message };
  }
}
