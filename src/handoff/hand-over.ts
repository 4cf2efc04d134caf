import { OrionError } from '../problems/index.js';
import {
  type Capabilities,
  compareIds,
  type EntryId,
  isServerError,
  listOf,
  MOVE_PENDING,
  ownKeys,
  type RedisLink,
  type StreamKey,
  TURN,
  type TurnArgument,
  textOf,
} from '../redis/index.js';
import { readStreamState, type StreamHandoff, type StreamState } from './group-state.js';
import { parkBodies } from './parked-body.js';
import { planTurn, remainingOf, type TurnPlan } from './turn-plan.js';

/*
 * Carrying out a handoff, for all streams of a module at once:
 *
 *   look → plan → move (in chunks, bodies kept first) → turn (one script for all streams)
 *
 * The turn compares both groups with what the look saw and answers CHANGED instead of writing; then
 * everything is looked at again, three times in all. Moving is harmless to repeat: what is in the
 * receiving group under one of this tool's consumers counts as moved. A process that ends anywhere in
 * between leaves a state from which the same call goes on, and `moveBack` goes back.
 */

export interface HandOverOptions {
  readonly link: RedisLink;
  readonly capabilities: Capabilities;
  /** The fencing token of the lease; the copies beside the streams must hold it. */
  readonly token: number;
  readonly stateDir: string;
  /** Who holds moved entries in the receiving groups (`carrierOf`). */
  readonly carrier: string;
}

/** One stream's plan, with the state it was made from. */
export interface PlannedTurn {
  readonly state: StreamState;
  readonly plan: TurnPlan;
}

export interface HandOverResult {
  readonly turns: readonly PlannedTurn[];
  /** Entries moved by this call, per stream. */
  readonly moved: ReadonlyMap<StreamKey, number>;
}

const CHUNK = 1_000;
const ATTEMPTS = 3;
/** Counting more entries for ENTRIESREAD would block the server for too long. */
const MOST_TO_COUNT = 20_000;

/**
 * Looks at every stream and plans its turn. Streams that do not exist owe nothing and are left out.
 * @throws {OrionError} `groups.missing` where a stream exists without one of its groups
 */
export async function planHandOver(
  options: HandOverOptions,
  handoffs: readonly StreamHandoff[],
): Promise<readonly PlannedTurn[]> {
  const planned: PlannedTurn[] = [];
  for (const handoff of handoffs) {
    const state = await readStreamState(options.link, options.capabilities, handoff);
    if (state.look.kind === 'none') continue;
    const { giving, receiving } = state;
    const settle = handoff.giving === handoff.receiving;
    if (giving === null) throw missingGroup(handoff.stream, handoff.giving);
    if (receiving === null && !settle) throw missingGroup(handoff.stream, handoff.receiving);
    planned.push({ state, plan: planTurn(giving, receiving, options.carrier) });
  }
  return planned;
}

/**
 * Moves and turns.
 * @param onPlan told each plan before anything is changed by it, so that it can be journaled
 * @throws {OrionError} kind `groups`: `handoff.changed` after three looks; kind `lease`: `lease.lost`
 */
export async function handOver(
  options: HandOverOptions,
  handoffs: readonly StreamHandoff[],
  onPlan: (turns: readonly PlannedTurn[]) => Promise<void>,
): Promise<HandOverResult> {
  const moved = new Map<StreamKey, number>();
  let change = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const turns = await planHandOver(options, handoffs);
    await onPlan(turns);
    const complete = await moveAll(options, turns, moved);
    if (!complete) {
      change = 'entries that were to be moved were acknowledged or trimmed meanwhile';
      continue;
    }
    const answer = await turnAll(options, turns);
    if (answer === null) return { turns, moved };
    change = answer;
  }
  throw new OrionError({
    kind: 'groups',
    code: 'handoff.changed',
    message: `The groups keep changing, so nothing was turned: ${change}.`,
    hint: 'Somebody still reads from or acknowledges in one of the groups.',
    next: ['orion-bus groups', 'orion-bus status'],
  });
}

/** What a move took from where, as the journal keeps it for the way back. */
export interface MovedEntry {
  readonly id: string;
  readonly consumer: string;
  readonly deliveredAtMs: number;
  readonly deliveries: number;
}

/**
 * Gives moved entries back to whom they were taken from; those that nobody moved are passed over.
 * @returns how many went back
 */
export async function moveBack(
  options: Pick<HandOverOptions, 'link' | 'token'>,
  handoff: StreamHandoff,
  entries: readonly MovedEntry[],
): Promise<number> {
  const back = { ...handoff, giving: handoff.receiving, receiving: handoff.giving };
  const answers = await movePending(options, back, entries);
  return answers.filter((answer) => answer === 1).length;
}

async function moveAll(
  options: HandOverOptions,
  turns: readonly PlannedTurn[],
  moved: Map<StreamKey, number>,
): Promise<boolean> {
  let complete = true;
  for (const { state, plan } of turns) {
    const { stream, receiving } = state.handoff;
    await parkBodies(options.link, options.stateDir, stream, receiving, plan.move);
    const answers = await movePending(
      options,
      state.handoff,
      plan.move.map((entry) => ({
        id: entry.id,
        consumer: options.carrier,
        deliveredAtMs: state.look.atMs - entry.idleMs,
        deliveries: entry.deliveries,
      })),
    );
    const done = answers.filter((answer) => answer === 1).length;
    moved.set(stream, (moved.get(stream) ?? 0) + done);
    if (done < answers.length) complete = false;
  }
  return complete;
}

async function movePending(
  { link, token }: Pick<HandOverOptions, 'link' | 'token'>,
  { stream, giving, receiving }: StreamHandoff,
  entries: readonly MovedEntry[],
): Promise<readonly number[]> {
  const answers: number[] = [];
  for (let i = 0; i < entries.length; i += CHUNK) {
    const args = entries
      .slice(i, i + CHUNK)
      .flatMap((entry) => [entry.id, entry.consumer, entry.deliveredAtMs, entry.deliveries]);
    const reply = await fenced(
      link.script(
        MOVE_PENDING,
        [stream, ownKeys.tokenOf(stream)],
        [token, giving, receiving, ...args],
      ),
    );
    answers.push(...listOf(reply).map(Number));
  }
  return answers;
}

/** Returns null when turned, else what had changed. On a cluster each stream is turned by itself. */
async function turnAll(
  options: HandOverOptions,
  turns: readonly PlannedTurn[],
): Promise<string | null> {
  const batches = options.capabilities.clustered ? turns.map((turn) => [turn]) : [turns];
  for (const batch of batches) {
    if (batch.length === 0) continue;
    const keys = batch.flatMap(({ state }) => [
      state.handoff.stream,
      ownKeys.tokenOf(state.handoff.stream),
    ]);
    const args = batch.map((turn) => JSON.stringify(argumentOf(turn)));
    const reply = await fenced(
      options.link.script(TURN, keys, [options.token, MOST_TO_COUNT, ...args]),
    );
    const [answer, stream, change] = listOf(reply).map(textOf);
    if (answer === 'CHANGED') return `${stream}: ${change}`;
  }
  return null;
}

/** What the groups must look like when the script runs: moved entries have left the giving one. */
function argumentOf({ state, plan }: PlannedTurn): TurnArgument {
  const { giving, receiving } = state.handoff;
  const settle = giving === receiving;
  const moved = new Set<EntryId>(plan.move.map((entry) => entry.id));
  const givingIds = idsOf(state.giving?.pending).filter((id) => settle || !moved.has(id));
  const receivingIds = settle ? [] : union(idsOf(state.receiving?.pending), moved);
  return {
    giving,
    receiving,
    cursor: plan.cursor,
    givingCursor: state.giving?.cursor ?? '',
    givingPending: givingIds,
    givingAcknowledge: [...plan.run, ...plan.above, ...idsOf(plan.ghosts)],
    receivingCursor: settle ? null : (state.receiving?.cursor ?? null),
    receivingPending: receivingIds,
    receivingAcknowledge: [...plan.receivingCovered, ...idsOf(plan.receivingStale)],
    remaining: remainingOf(plan),
  };
}

function idsOf(entries: readonly { readonly id: EntryId }[] | undefined): EntryId[] {
  return (entries ?? []).map((entry) => entry.id);
}

function union(ids: readonly EntryId[], more: ReadonlySet<EntryId>): EntryId[] {
  return [...new Set([...ids, ...more])].sort(compareIds);
}

/** A script refused for its fencing token means that another operator took over. */
async function fenced<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isServerError(error) && error.message.includes('FENCED')) {
      throw new OrionError({
        kind: 'lease',
        code: 'lease.lost',
        message: 'Another operator took over: Redis refused the change.',
        hint: 'Nothing was written by this call.',
        next: ['orion-bus status'],
        cause: error,
      });
    }
    throw error;
  }
}

function missingGroup(stream: string, group: string): OrionError {
  return new OrionError({
    kind: 'groups',
    code: 'groups.missing',
    message: `The group ${group} does not exist on ${stream}.`,
    hint: 'Nothing was changed.',
    next: ['orion-bus groups'],
  });
}
