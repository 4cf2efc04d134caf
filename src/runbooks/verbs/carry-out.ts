import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import {
  assertKnownJournal,
  type Halt,
  Journal,
  type JournalRecord,
  knowsHalt,
  Lease,
  newRunId,
  openRun,
  raiseHalt,
  readShared,
  runRecords,
  type TakeOver,
  writeShared,
} from '../../journal/index.js';
import { type Json, type JsonObject, OrionError } from '../../problems/index.js';
import { STEP_KINDS } from '../../steps/index.js';
import { executeRun } from '../execute-run.js';
import { historyOf } from '../history.js';
import type { RunResult } from '../run-result.js';
import type { Host } from './host.js';
import { aboutMove, contextOf, type Move, redisClock } from './move.js';

/*
 * Carrying out a move: lease → journal → run → what Redis is to know of it.
 *
 * The lease comes first, since only its holder may write the journal; what was planned without it is
 * looked at once more, and refused when somebody else has begun a run in the meantime. Whatever
 * happens, the lease is given back and the journal is closed.
 */

export interface CarryOutOptions {
  readonly takeOver: TakeOver;
  /** A rollback goes on with a journal that is damaged, full or foreign; a forward verb does not. */
  readonly tolerant: boolean;
  /** Told a record that could not be stored, so that it can be shown. */
  readonly unstored: (record: JournalRecord) => void;
}

export interface MoveResult {
  readonly module: string;
  readonly verb: Move['verb'];
  readonly run: RunResult;
  /** How many messages the turn announced to be handled twice. */
  readonly announced: number;
  /** Entries that were trimmed before the module had handled them. */
  readonly lost: number;
  /** Streams on which the counters cannot tell whether something was lost. */
  readonly unaudited: readonly string[];
}

/** @throws {OrionError} before anything is done: lease, journal, or another open run */
export async function carryOut(
  host: Host,
  move: Move,
  options: CarryOutOptions,
): Promise<MoveResult> {
  const { plan, redis, clock } = host;
  const { prefix } = plan.streams;
  const run = move.resumes ?? newRunId(clock.now(), randomBytes);
  const lease = await Lease.acquire({
    link: redis,
    prefix,
    run,
    verb: move.verb,
    clock,
    takeOver: options.takeOver,
    onWait: host.onWait,
  });
  try {
    const journal = await openJournal(host, options);
    try {
      return await withJournal(host, move, { run, lease, journal, tolerant: options.tolerant });
    } finally {
      await journal.close();
    }
  } finally {
    await lease.release();
  }
}

interface Live {
  readonly run: string;
  readonly lease: Lease;
  readonly journal: Journal;
  readonly tolerant: boolean;
}

async function withJournal(host: Host, move: Move, live: Live): Promise<MoveResult> {
  const { run, lease, journal } = live;
  const { prefix } = host.plan.streams;
  const shared = await readShared(host.redis, prefix);
  if (!live.tolerant) assertKnownJournal(shared, journal);
  const redisAt = redisClock(host);
  await supersede(host, move, live);
  if (shared.halt !== null && !knowsHalt(journal.records, shared.halt)) {
    await journal.append({
      type: 'halt.raised',
      run,
      data: { ...shared.halt },
      redisAt: await redisAt(),
    });
  }
  const publish = (open: boolean): Promise<void> =>
    writeShared(host.redis, prefix, {
      token: lease.token,
      host: hostname(),
      journal,
      run: open ? { id: run, verb: move.verb, module: move.module.name } : null,
    });
  await publish(true);
  const result = await executeRun({
    run,
    about: aboutMove(move),
    runbook: move.runbook,
    steps: move.steps,
    undo: move.undo,
    kinds: STEP_KINDS,
    contextFor: contextOf(host, move, {
      token: lease.token,
      history: historyOf(journal.records, shared),
      record: async (type, data) => {
        await journal.append({ type, run, data, redisAt: await redisAt().catch(() => null) });
      },
    }),
    log: journal,
    redisAt,
    clock: host.clock,
    lease: lease.signal,
    interruption: host.interruption,
    halt: move.verb === 'migrate' ? () => haltNow(host, live) : null,
    pointOfReturn: 'turn',
    commands: move.commands,
    emit: host.emit,
  });
  const lost = lostIn(result);
  // With Redis gone the loss must be told all the same: the exit code says it.
  if (lost > 0) await raiseLoss(host, live, move, lost).catch(() => undefined);
  // Redis only knows sooner what it would learn from the next holder; a lost Redis must not hide the result.
  await publish(result.open).catch(() => undefined);
  return {
    module: move.module.name,
    verb: move.verb,
    run: result,
    announced: announcedIn(result),
    lost,
    unaudited: unauditedIn(result),
  };
}

/**
 * The halt in force. In the pause a Redis that does not answer is waited for by the steps that need
 * it, as long as the headroom allows; it must not be taken for a halt.
 */
async function haltNow(host: Host, { run, journal }: Live): Promise<Halt | null> {
  try {
    return (await readShared(host.redis, host.plan.streams.prefix)).halt;
  } catch (error) {
    const gone = error instanceof OrionError && error.code === 'redis.unreachable';
    const records = runRecords(journal.records, run);
    const stopping = records.some(({ type, step }) => type === 'step.intended' && step === 'stop');
    const started = records.some(({ type, step }) => type === 'step.done' && step === 'start');
    if (gone && stopping && !started) return null;
    throw error;
  }
}

async function openJournal(host: Host, options: CarryOutOptions): Promise<Journal> {
  const { stateDir } = host.plan;
  const journalOptions = options.tolerant
    ? { clock: host.clock, unstored: options.unstored }
    : { clock: host.clock };
  const view = await Journal.read(stateDir);
  if (view.damage === null || !options.tolerant) return Journal.open(stateDir, journalOptions);
  return (await Journal.setAside(stateDir, journalOptions)).journal;
}

/** Ends the open run that this one takes the place of, and refuses one that nobody had planned for. */
async function supersede(host: Host, move: Move, { run, journal, tolerant }: Live): Promise<void> {
  if (!tolerant && journal.records.length !== move.plannedAt) throw plannedBefore();
  const open = openRun(journal.records);
  const expected = move.resumes ?? move.supersedes;
  if (open !== null && open.run !== expected) {
    throw new OrionError({
      kind: 'prerequisite',
      code: 'run.open',
      message: `Another run was begun meanwhile: ${String(open.data['verb'])} ${String(open.data['module'] ?? '')}.`,
      hint: 'Nothing was changed.',
      next: ['orion-bus status'],
    });
  }
  if (open === null && move.resumes !== null) {
    throw new OrionError({
      kind: 'prerequisite',
      code: 'run.ended',
      message: `The run ${move.resumes} was brought to its end meanwhile.`,
      hint: 'Nothing was changed by this command.',
      next: ['orion-bus status'],
    });
  }
  if (open === null || move.supersedes === null) return;
  await journal.append({
    type: 'run.superseded',
    run: open.run,
    data: { by: run },
    redisAt: await redisClock(host)(),
  });
}

/** What was shown and agreed to rests on a state that is no more. */
function plannedBefore(): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'run.planned-before',
    message: 'Somebody has done something since this was planned.',
    hint: 'Nothing was changed. Look where it stands now, and type the command again.',
    next: ['orion-bus status'],
  });
}

/** Guide, "Emergency Stop Criteria": any data loss halts. */
async function raiseLoss(
  host: Host,
  { run, journal }: Live,
  move: Move,
  lost: number,
): Promise<void> {
  const reason = `${lost} messages of ${move.module.name} were lost to trimming`;
  const { halt } = await raiseHalt(host.redis, host.plan.streams.prefix, {
    reason,
    by: `${userInfo().username}@${hostname()}`,
    at: new Date(host.clock.now()).toISOString(),
  });
  await journal.append({
    type: 'halt.raised',
    run,
    data: { ...halt },
    redisAt: await redisClock(host)(),
  });
}

function announcedIn(result: RunResult): number {
  return sumOf(result, 'turn', 'announced');
}

function lostIn(result: RunResult): number {
  return sumOf(result, 'loss-audit', 'lost');
}

/** A turn of the undo hands over as well, and announces its own. */
function sumOf(result: RunResult, kind: string, field: string): number {
  return [...result.steps, ...result.undoSteps]
    .filter((step) => step.kind === kind)
    .reduce((sum, { data }) => sum + numberIn(data, field), 0);
}

function unauditedIn(result: RunResult): readonly string[] {
  const audited = result.steps.find(({ kind }) => kind === 'loss-audit')?.data?.['streams'];
  return (Array.isArray(audited) ? audited : [])
    .filter((stream: JsonObject) => stream['verdict'] === 'inconclusive')
    .map((stream: JsonObject) => String(stream['stream']));
}

function numberIn(data: JsonObject | null, field: string): number {
  const value: Json | undefined = data?.[field];
  return typeof value === 'number' ? value : 0;
}
