import {
  carrierOf,
  handOver,
  moveBack,
  type PlannedTurn,
  planHandOver,
} from '../../src/handoff/index.js';
import {
  type Capabilities,
  CREATE_GROUP,
  entryId,
  listOf,
  ownKeys,
  predecessorOf,
  type RedisLink,
  type Reply,
  textOf,
} from '../../src/redis/index.js';
import { Attempt, type Side, streams } from './history-attempt.js';
import { HistoryModel, inOrder } from './history-model.js';
import { type Handoff, type History, type Op, STREAMS } from './history-ops.js';
import { mortal, ProcessEnded } from './mortal-link.js';
import { type Standing, standingOf } from './owed.js';

/*
 * Carries out a history on a real Redis beside the model, and holds one against the other after each
 * operation. The module is always on one side; a move is what `migrate` and `rollback` do, without
 * processes: stop, create the receiving groups, hand over, look again, start.
 */

export interface Rig {
  readonly link: RedisLink;
  readonly capabilities: Capabilities;
  readonly stateDir: string;
}

/** What the histories of a run amounted to, so that a run that tried nothing is seen as such. */
export type Figures = Record<
  | 'histories'
  | 'operations'
  | 'published'
  | 'delivered'
  | 'handoffs'
  | 'clean'
  | 'rewind'
  | 'split'
  | 'moved'
  | 'above'
  | 'ghosts'
  | 'stale'
  | 'kept'
  | 'crashes'
  | 'undone'
  | 'announced'
  | 'again',
  number
>;

const TOKEN = 7;
const other = (side: Side): Side => (side === 'source' ? 'target' : 'source');

export async function runHistory(rig: Rig, history: History, figures: Figures): Promise<void> {
  const world = new HistoryWorld(rig, history, figures);
  await world.begin();
  for (const op of history.ops) {
    await world.apply(op);
    await world.check();
    figures.operations += 1;
  }
  await world.drain();
  figures.histories += 1;
}

class HistoryWorld {
  readonly #rig: Rig;
  readonly #link: RedisLink;
  readonly #history: History;
  readonly #figures: Figures;
  readonly #model = new HistoryModel(STREAMS);
  readonly #published = streams.map(() => 0);
  #side: Side = 'source';

  constructor(rig: Rig, history: History, figures: Figures) {
    this.#rig = rig;
    this.#link = rig.link;
    this.#history = history;
    this.#figures = figures;
  }

  async begin(): Promise<void> {
    await this.#link.command('FLUSHALL');
    for (const [at, stream] of streams.entries()) {
      await this.#link.command('SET', ownKeys.tokenOf(stream), TOKEN);
      await this.#link.command('XGROUP', 'CREATE', stream, 'source', '0', 'MKSTREAM');
      if (this.#history.targetAt === 'beginning') await this.#createTarget(stream, '0');
      await this.#publish(at, 3);
      if (this.#history.targetAt === 'tip') await this.#createTarget(stream, '$');
    }
  }

  async apply(op: Op): Promise<void> {
    switch (op.op) {
      case 'publish':
        return this.#publish(op.stream, op.count);
      case 'read':
        return this.#read(this.#side, op.stream, `c${op.consumer}`, op.count);
      case 'acknowledge':
        return this.#acknowledge(op.stream, op.picks);
      case 'kill':
        return this.#model.died(`c${op.consumer}`);
      case 'delete':
        return this.#delete(op.stream, op.pick);
      case 'trim':
        await this.#link.command('XTRIM', key(op.stream), 'MAXLEN', op.keep);
        return this.#learnWhatIsLeft(op.stream);
      case 'sweep':
        return this.#sweep(op.stream, `c${op.consumer}`);
      case 'stray':
        return this.#stray(op.stream, op.count, op.acks);
      case 'set-back':
        return this.#setBack(op.stream, op.count);
      case 'move':
        return this.#handOver(op, other(this.#side));
      case 'settle':
        return this.#handOver(op, this.#side);
    }
  }

  /** Rule 1, by ids. */
  async check(): Promise<void> {
    for (const [at] of streams.entries()) {
      const { owed } = await this.#standing(at, this.#side);
      const expected = this.#model.owed(at);
      if (owed.join() === expected.join()) continue;
      throw new Error(
        `stream ${at}: ${this.#side} owes ${owed.join(' ')}, but should owe ${expected.join(' ')}`,
      );
    }
  }

  /** The live consumers get done whatever they can reach. */
  async drain(): Promise<void> {
    for (const [at] of streams.entries()) {
      await this.#read(this.#side, at, 'c0', 10_000);
      await this.#sweep(at, 'c0');
      await this.#acknowledge(
        at,
        this.#model.inHand(at).map(() => 0),
      );
    }
    await this.check();
    this.#figures.again += this.#model.again;
  }

  async #createTarget(stream: string, at: string): Promise<void> {
    await this.#link.command('XGROUP', 'CREATE', stream, 'target', at);
  }

  async #publish(at: number, count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const n = (this.#published[at] ?? 0) + 1;
      this.#published[at] = n;
      // Sequence numbers too, so that predecessors are taken within and across milliseconds.
      const id = `${1 + Math.floor(n / 3)}-${n % 3}`;
      await this.#link.command('XADD', key(at), id, 'data', n);
      this.#model.published(at, id);
      this.#figures.published += 1;
    }
  }

  async #read(group: Side, at: number, consumer: string, count: number): Promise<void> {
    const reply = await this.#link.command(
      ...['XREADGROUP', 'GROUP', group, consumer, 'COUNT', String(count)],
      ...['STREAMS', key(at), '>'],
    );
    const [entries] = listOf(reply).map((row) => listOf(listOf(row)[1]));
    for (const entry of entries ?? []) this.#delivered(at, entry, consumer);
  }

  #delivered(at: number, entry: Reply, consumer: string): void {
    this.#model.delivered(at, textOf(listOf(entry)[0]), consumer);
    this.#figures.delivered += 1;
  }

  /** Nothing that was set back by hand: it comes again, finished or not, and no tool can help it. */
  async #acknowledge(at: number, picks: readonly number[]): Promise<void> {
    const { cursor } = await this.#standing(at, this.#side);
    for (const pick of picks) {
      const inHand = this.#model.inHand(at).filter((id) => isReached(id, cursor));
      const id = inHand[pick % inHand.length];
      if (id === undefined) return;
      await this.#link.command('XACK', key(at), this.#side, id);
      this.#model.finished(at, id);
    }
  }

  async #delete(at: number, pick: number): Promise<void> {
    const present = this.#model.present(at);
    const id = present[pick % present.length];
    if (id === undefined) return;
    await this.#link.command('XDEL', key(at), id);
    await this.#learnWhatIsLeft(at);
  }

  async #learnWhatIsLeft(at: number): Promise<void> {
    const entries = listOf(await this.#link.command('XRANGE', key(at), '-', '+'));
    this.#model.left(at, new Set(entries.map((entry) => textOf(listOf(entry)[0]))));
  }

  async #sweep(at: number, consumer: string): Promise<void> {
    if (!this.#history.resumes[this.#side]) return;
    const { pending } = await this.#standing(at, this.#side);
    const inHand = new Set(this.#model.inHand(at));
    const stale = pending.map(({ id }) => id).filter((id) => !inHand.has(id));
    if (stale.length === 0) return;
    const reply = await this.#link.command('XCLAIM', key(at), this.#side, consumer, 0, ...stale);
    for (const entry of listOf(reply)) this.#delivered(at, entry, consumer);
  }

  async #stray(at: number, count: number, acks: boolean): Promise<void> {
    const group = other(this.#side);
    if ((await standingOf(this.#link, key(at), group)) === null) return;
    const reply = await this.#link.command(
      ...['XREADGROUP', 'GROUP', group, 'stray', 'COUNT', String(count)],
      ...['STREAMS', key(at), '>'],
    );
    const [entries] = listOf(reply).map((row) => listOf(listOf(row)[1]));
    const ids = (entries ?? []).map((entry) => textOf(listOf(entry)[0]));
    if (acks && ids.length > 0) await this.#link.command('XACK', key(at), group, ...ids);
  }

  /** Only as far as what is in hand: further back the hand itself would repeat finished work. */
  async #setBack(at: number, count: number): Promise<void> {
    const { cursor } = await this.#standing(at, this.#side);
    const inHand = new Set(this.#model.inHand(at));
    const reached = this.#model.present(at).filter((id) => isReached(id, cursor));
    const back: string[] = [];
    for (const id of reached.reverse()) {
      if (!inHand.has(id) || back.length === count) break;
      back.push(id);
    }
    const lowest = back.at(-1);
    if (lowest === undefined) return;
    const to = predecessorOf(entryId(lowest));
    await this.#link.command('XGROUP', 'SETID', key(at), this.#side, to);
  }

  async #handOver(op: Handoff, to: Side): Promise<void> {
    const attempt = new Attempt(op, { side: this.#side, to });
    await this.#createReceiving(attempt);
    attempt.keep(await planHandOver(this.#options(attempt, this.#link), attempt.handoffs));
    const outcome = await this.#tryToTurn(attempt);
    this.#figures.announced += attempt.announced;
    if (outcome === 'turned') {
      this.#model.handedOver(attempt.announced);
      if (!(await this.#startedOnGiving(attempt))) {
        this.#side = to;
        this.#figures.handoffs += 1;
        return;
      }
    }
    await this.#undo(attempt);
    // Where the side that it stays on claims what dead consumers left, nothing keeps that from it.
    const claimed = this.#history.resumes[this.#side] ? await this.#pendingNow() : 0;
    if (outcome === 'given-up') this.#model.handedOver(attempt.announced + claimed);
    else this.#model.undone(claimed);
    this.#figures.announced += claimed;
    this.#figures.undone += 1;
  }

  async #createReceiving({ handoffs }: Attempt): Promise<void> {
    for (const [at, { stream, giving, receiving }] of handoffs.entries()) {
      const { cursor } = await this.#standing(at, giving === 'source' ? 'source' : 'target');
      const keys = [stream, ownKeys.tokenOf(stream)];
      await this.#link.script(CREATE_GROUP, keys, [TOKEN, receiving, cursor]);
    }
  }

  async #tryToTurn(attempt: Attempt): Promise<'turned' | 'given-up'> {
    const { op } = attempt;
    try {
      await this.#turn(attempt, op.crashAfter);
      return 'turned';
    } catch (error) {
      await this.#outlived(error, attempt);
    }
    for (const [at] of streams.entries()) await this.#publish(at, op.meanwhile);
    if (op.afterCrash === 'undo') return 'given-up';
    try {
      await this.#turn(attempt, op.crashAgainAfter);
    } catch (error) {
      await this.#outlived(error, attempt);
      await this.#turn(attempt, null);
    }
    return 'turned';
  }

  async #turn(attempt: Attempt, crashAfter: number | null): Promise<void> {
    let first = true;
    const options = this.#options(attempt, mortal(this.#link, crashAfter));
    const { turns } = await handOver(options, attempt.handoffs, async (plans) => {
      attempt.keep(plans);
      await this.#expectGhosts(attempt, plans);
      if (first) await this.#startOnGiving(attempt, 'before-turn');
      first = false;
    });
    for (const { plan } of turns) {
      this.#figures[plan.kind] += 1;
      this.#figures.moved += plan.move.length;
      this.#figures.above += plan.above.length;
      this.#figures.ghosts += plan.ghosts.length;
      this.#figures.stale += plan.receivingStale.length;
      this.#figures.kept += plan.receivingKept.length;
    }
  }

  #options({ sides }: Attempt, link: RedisLink): Parameters<typeof handOver>[0] {
    const carrier = carrierOf({ resumesPending: this.#history.resumes[sides.to] });
    return { ...this.#rig, link, token: TOKEN, carrier };
  }

  async #expectGhosts({ sides }: Attempt, plans: readonly PlannedTurn[]): Promise<void> {
    for (const [at, { plan }] of plans.entries()) {
      const { ghosts } = await this.#standing(at, sides.side);
      if (plan.ghosts.map(({ id }) => id).join() === ghosts.join()) continue;
      throw new Error(`stream ${at}: the plan does not name the ghosts ${ghosts.join(' ')}`);
    }
  }

  async #startOnGiving({ op, sides }: Attempt, now: 'before-turn' | 'after-turn'): Promise<void> {
    if (op.handStart?.when !== now) return;
    await this.#read(sides.side, 0, 'hand', op.handStart.count);
  }

  /** The tool's process has ended somewhere: whatever is owed, one of the two groups still owes it. */
  async #outlived(error: unknown, { sides }: Attempt): Promise<void> {
    if (!(error instanceof ProcessEnded)) throw error;
    this.#figures.crashes += 1;
    for (const [at] of streams.entries()) {
      const giving = await this.#standing(at, sides.side);
      const receiving = await this.#standing(at, sides.to);
      const together = new Set([...giving.owed, ...receiving.owed]);
      const missing = this.#model.owed(at).filter((id) => !together.has(id));
      if (missing.length > 0) throw new Error(`stream ${at}: nobody owes ${missing.join(' ')}`);
    }
  }

  /** The look before the start: did somebody read from the giving group since the turn? */
  async #startedOnGiving(attempt: Attempt): Promise<boolean> {
    const before = await this.#standing(0, attempt.sides.side);
    await this.#startOnGiving(attempt, 'after-turn');
    return (await this.#standing(0, attempt.sides.side)).cursor !== before.cursor;
  }

  async #undo(attempt: Attempt): Promise<void> {
    for (const handoff of attempt.handoffs) {
      await moveBack(
        { link: this.#link, token: TOKEN },
        handoff,
        attempt.journaled.filter(({ stream }) => stream === handoff.stream),
      );
    }
  }

  async #pendingNow(): Promise<number> {
    const all = await Promise.all(streams.map((_, at) => this.#standing(at, this.#side)));
    return all.reduce((sum, { pending }) => sum + pending.length, 0);
  }

  async #standing(at: number, group: Side): Promise<Standing> {
    const standing = await standingOf(this.#link, key(at), group);
    if (standing === null) throw new Error(`${group} is missing on stream ${at}`);
    return standing;
  }
}

function key(at: number): string {
  return streams[at] ?? 'no such stream';
}

/** True for an id at or below the cursor. */
function isReached(id: string, cursor: string): boolean {
  return inOrder([id, cursor])[0] === id;
}
