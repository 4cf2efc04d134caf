import { OrionError } from '../problems/index.js';
import { listOf, MOVE_PENDING, ownKeys, type StreamKey } from '../redis/index.js';
import { fenced } from './fenced.js';
import type { StreamHandoff } from './group-state.js';
import { parkBodies } from './parked-body.js';
import type { HandOverOptions, PlannedTurn } from './planned-turn.js';

/** What one handoff has moved so far, in all its attempts. */
export class Moves {
  readonly #options: HandOverOptions;
  readonly #made = new Map<StreamKey, { handoff: StreamHandoff; entries: MovedEntry[] }>();

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** @returns false where some entry was not there to be moved any more */
  async make(turns: readonly PlannedTurn[]): Promise<boolean> {
    let complete = true;
    for (const { state, plan } of turns) {
      const { stream, receiving } = state.handoff;
      const { link, stateDir, carrier } = this.#options;
      const made = this.#made.get(stream) ?? { handoff: state.handoff, entries: [] };
      this.#made.set(stream, made);
      await parkBodies(link, stateDir, stream, receiving, plan.move);
      for (const chunk of chunksOf(entriesToMove({ state, plan }))) {
        const carried = chunk.map((entry) => ({ ...entry, consumer: carrier }));
        const answers = await movePending(this.#options, state.handoff, carried);
        // Noted chunk by chunk, so that a failure at the next one takes this one back.
        made.entries.push(...chunk.filter((_, at) => answers[at] === 1));
        if (answers.some((answer) => answer !== 1)) complete = false;
      }
    }
    return complete;
  }

  /**
   * Where this fails too, or no answer came at all, the journal knows what was meant, and the undo of
   * the run gives it back.
   */
  async takeBack(error: unknown): Promise<void> {
    if (error instanceof OrionError && error.code === 'redis.unreachable') return;
    try {
      for (const { handoff, entries } of this.#made.values()) {
        await moveBack(this.#options, handoff, entries);
      }
    } catch {
      // The first error is the one to be told.
    }
  }

  counts(): ReadonlyMap<StreamKey, number> {
    return new Map([...this.#made].map(([stream, { entries }]) => [stream, entries.length]));
  }
}

/** What a move took from where, as the journal keeps it for the way back. */
export interface MovedEntry {
  readonly id: string;
  readonly consumer: string;
  readonly deliveredAtMs: number;
  readonly deliveries: number;
}

const CHUNK = 1_000;

export interface MovedBack {
  readonly count: number;
  /** Those whose entry was trimmed while they waited: they stay where they are, and only their kept body is left. */
  readonly trimmed: readonly MovedEntry[];
}

/** Gives moved entries back to whom they were taken from; those that nobody moved are passed over. */
export async function moveBack(
  options: Pick<HandOverOptions, 'link' | 'token'>,
  handoff: StreamHandoff,
  entries: readonly MovedEntry[],
): Promise<MovedBack> {
  const back = { ...handoff, giving: handoff.receiving, receiving: handoff.giving };
  let count = 0;
  const trimmed: MovedEntry[] = [];
  for (const chunk of chunksOf(entries)) {
    const answers = await movePending(options, back, chunk);
    count += answers.filter((answer) => answer === 1).length;
    trimmed.push(...chunk.filter((_, at) => answers[at] === -1));
  }
  return { count, trimmed };
}

/** The entries that the plan moves, as they are in the giving group. */
function entriesToMove({ state, plan }: PlannedTurn): readonly MovedEntry[] {
  return plan.move.map(({ id, consumer, idleMs, deliveries }) => ({
    id,
    consumer,
    deliveredAtMs: state.look.atMs - idleMs,
    deliveries,
  }));
}

/** One script a chunk: each is done wholly or not at all, and none blocks the server for long. */
function chunksOf(entries: readonly MovedEntry[]): readonly (readonly MovedEntry[])[] {
  return Array.from({ length: Math.ceil(entries.length / CHUNK) }, (_, i) =>
    entries.slice(i * CHUNK, (i + 1) * CHUNK),
  );
}

async function movePending(
  { link, token }: Pick<HandOverOptions, 'link' | 'token'>,
  { stream, giving, receiving }: StreamHandoff,
  entries: readonly MovedEntry[],
): Promise<readonly number[]> {
  const keys = [stream, ownKeys.tokenOf(stream)];
  const args = entries.flatMap((entry) => [
    entry.id,
    entry.consumer,
    entry.deliveredAtMs,
    entry.deliveries,
  ]);
  const reply = await fenced(link.script(MOVE_PENDING, keys, [token, giving, receiving, ...args]));
  return listOf(reply).map(Number);
}
