import { OrionError } from '../problems/index.js';
import {
  compareIds,
  type EntryId,
  listOf,
  ownKeys,
  type StreamKey,
  TURN,
  type TurnArgument,
  textOf,
} from '../redis/index.js';
import { fenced } from './fenced.js';
import { readStreamState, type StreamHandoff } from './group-state.js';
import { Moves } from './moves.js';
import type { HandOverOptions, PlannedTurn } from './planned-turn.js';
import { planTurn, remainingOf } from './turn-plan.js';

/*
 * Carrying out a handoff, for all streams of a module at once:
 *
 *   look → plan → move (in chunks, bodies kept first) → turn (one script for all streams)
 *
 * The turn compares both groups with what the look saw and answers CHANGED instead of writing; then
 * everything is looked at again, three times in all. Moving is harmless to repeat: what is in the
 * receiving group under one of this tool's consumers counts as moved. A process that ends anywhere in
 * between leaves a state from which the same call goes on, and `moveBack` goes back. A call that
 * fails gives back itself what it moved, so that no cursor and no pending entry has changed.
 */

export interface HandOverResult {
  readonly turns: readonly PlannedTurn[];
  /** Entries moved by this call, per stream. */
  readonly moved: ReadonlyMap<StreamKey, number>;
}

const ATTEMPTS = 3;
/** Counting more entries for ENTRIESREAD would block the server for too long. */
const MOST_TO_COUNT = 20_000;

/**
 * Looks at every stream and plans its turn. Streams that do not exist owe nothing and are left out.
 * @throws {OrionError} `groups.missing` where a stream exists without one of its groups,
 *   `groups.no-stream` where something else has its name
 */
export async function planHandOver(
  options: HandOverOptions,
  handoffs: readonly StreamHandoff[],
): Promise<readonly PlannedTurn[]> {
  const planned: PlannedTurn[] = [];
  for (const handoff of handoffs) {
    const state = await readStreamState(options.link, options.capabilities, handoff);
    if (state.look.kind === 'none') continue;
    if (state.look.kind === 'other') throw noStream(handoff.stream);
    const { giving, receiving } = state;
    const settle = handoff.giving === handoff.receiving;
    if (giving === null) throw missingGroup(handoff.stream, handoff.giving);
    if (receiving === null && !settle) throw missingGroup(handoff.stream, handoff.receiving);
    planned.push({ state, plan: planTurn(giving, receiving, options.carrier) });
  }
  return planned;
}

/**
 * Moves and turns, or leaves everything as it was.
 * @param onPlan told each plan before anything is changed by it, so that it can be journaled
 * @throws {OrionError} kind `groups`: `handoff.changed` after three looks; kind `lease`: `lease.lost`
 */
export async function handOver(
  options: HandOverOptions,
  handoffs: readonly StreamHandoff[],
  onPlan: (turns: readonly PlannedTurn[]) => Promise<void>,
): Promise<HandOverResult> {
  const moves = new Moves(options);
  try {
    let change = '';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const turns = await planHandOver(options, handoffs);
      await onPlan(turns);
      if (await moves.make(turns)) {
        const answer = await turnAll(options, turns);
        if (answer === null) return { turns, moved: moves.counts() };
        change = answer;
      } else {
        change = 'entries that were to be moved were acknowledged or trimmed meanwhile';
      }
    }
    throw keepsChanging(change);
  } catch (error) {
    await moves.takeBack(error);
    throw error;
  }
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

function keepsChanging(change: string): OrionError {
  return new OrionError({
    kind: 'groups',
    code: 'handoff.changed',
    message: `The groups keep changing, so nothing was turned: ${change}.`,
    hint: 'Somebody still reads from or acknowledges in one of the groups.',
    next: ['orion-bus groups', 'orion-bus status'],
  });
}

function noStream(stream: string): OrionError {
  return new OrionError({
    kind: 'groups',
    code: 'groups.no-stream',
    message: `The key ${stream} is not a stream.`,
    hint: 'Nothing was changed.',
    next: ['orion-bus groups'],
  });
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
