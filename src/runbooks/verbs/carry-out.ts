import { hostname, userInfo } from 'node:os';
import { type Halt, raiseHalt, readShared, runRecords } from '../../journal/index.js';
import { type Json, type JsonObject, OrionError } from '../../problems/index.js';
import { STEP_KINDS } from '../../steps/index.js';
import { executeRun } from '../execute-run.js';
import { historyOf } from '../history.js';
import type { RunResult } from '../run-result.js';
import type { Host } from './host.js';
import { type CarryOutOptions, type Live, live, noting } from './live.js';
import { aboutMove, contextOf, type Move } from './move.js';

/* Carrying out a move: the run about one service, on its own or as a part of another run. */

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
  return live(host, { ...move, module: move.module.name }, options, async (now) => {
    const result = await runMove(host, move, now);
    return { open: result.run.open, value: result };
  });
}

/** The run itself, with lease and journal at hand. */
export async function runMove(host: Host, move: Move, now: Live): Promise<MoveResult> {
  const { run, lease, journal, shared, redisAt } = now;
  const result = await executeRun({
    run,
    about: aboutMove(move),
    runbook: move.runbook,
    steps: move.steps,
    undo: move.undo,
    failures: 'end-run',
    kinds: STEP_KINDS,
    contextFor: contextOf(host, move, {
      token: lease.token,
      history: historyOf(journal.records, shared),
      record: noting(now),
    }),
    log: journal,
    redisAt,
    clock: host.clock,
    lease: lease.signal,
    interruption: host.interruption,
    halt: goesForward(move) ? () => haltNow(host, now) : null,
    pointOfReturn: 'turn',
    async beforeEnd(steps) {
      const lost = lostIn(steps);
      // With Redis gone the loss must be told all the same: the exit code says it.
      if (lost > 0) await raiseLoss(host, now, move, lost).catch(() => undefined);
    },
    commands: move.commands,
    emit: host.emit,
  });
  const steps = [...result.steps, ...result.undoSteps];
  return {
    module: move.module.name,
    verb: move.verb,
    run: result,
    announced: announcedIn(steps),
    lost: lostIn(steps),
    unaudited: unauditedIn(result),
  };
}

const goesForward = ({ verb, publishes }: Move): boolean =>
  verb === 'migrate' || (verb === 'publish' && publishes?.to === 'target');

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

/** Guide, "Emergency Stop Criteria": any data loss halts. */
async function raiseLoss(
  host: Host,
  { run, journal, redisAt }: Live,
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
    redisAt: await redisAt(),
  });
}

type Steps = RunResult['steps'];

function announcedIn(steps: Steps): number {
  return sumOf(steps, 'turn', 'announced');
}

function lostIn(steps: Steps): number {
  return sumOf(steps, 'loss-audit', 'lost');
}

/** A turn of the undo hands over as well, and announces its own. */
function sumOf(steps: Steps, kind: string, field: string): number {
  return steps
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
