import type { MigrationHistory } from '../../checks/index.js';
import { guardStreams, readShared } from '../../journal/index.js';
import { type JsonObject, OrionError } from '../../problems/index.js';
import type { MoveOptions, PhaseContext, PhaseHands, StepMemory } from '../../steps/index.js';
import { STEP_KINDS } from '../../steps/index.js';
import type { BoundStep } from '../bind-runbook.js';
import { executeRun } from '../execute-run.js';
import { historyOf } from '../history.js';
import type { PhaseVerb } from '../phase-history.js';
import type { FailurePolicy, StepView } from '../run-options.js';
import type { RunResult } from '../run-result.js';
import type { Runbook } from '../runbook.js';
import { type MoveResult, runMove } from './carry-out.js';
import type { Host } from './host.js';
import { type CarryOutOptions, type Job, type Live, live, livePart, noting } from './live.js';
import { proposePart } from './parts.js';

/*
 * A run about the whole migration. The steps of its runbook are its own; the share of one service in
 * it is a run within this one, with a pause of its own, by the very steps of a single move.
 *
 * States
 *   open      from `run.started` to `run.finished`; between parts, and while one is open
 *   part open its `run.started` names this run in `within`; it is resumed, or a wider run takes its place
 *   left      interrupted, failed with something changed, or a part failed: the same command goes on
 *   finished  every step is done; or it was refused, or taken back (phase 1), with nothing left changed
 *
 * Invariants
 *   1. One run is open at a time; its parts are carried out one after the other, under its lease.
 *   2. A part that fails puts its own service back, by its own undo; other parts are not touched.
 *   3. A rollback carries out every part, whatever became of the others, and then fails with the first
 *      cause. It stays open until nothing is left to do.
 *   4. What is done is seen in reality, not remembered: a part whose service is where it must be is none.
 */

export interface PhaseRun extends Job {
  readonly verb: PhaseVerb;
  readonly runbook: Runbook;
  readonly steps: readonly BoundStep[];
  readonly undo: { readonly runbook: Runbook; readonly steps: readonly BoundStep[] } | null;
  readonly failures: FailurePolicy;
  readonly options: MoveOptions;
  readonly doneByHand: ReadonlySet<string>;
  readonly baseline: PhaseHands['baseline'];
  readonly report: PhaseHands['report'];
  /** What the runs before this one had intended and observed. */
  readonly undoing: StepMemory;
  readonly commands: { readonly again: string; readonly back: string };
}

export interface PhaseResult {
  readonly verb: PhaseVerb;
  readonly run: RunResult;
  /** The runs within this one, in the order in which they were carried out. */
  readonly parts: readonly MoveResult[];
  /** From the start of this command to its end. */
  readonly durationMs: number;
}

/** @throws {OrionError} before anything is done: lease, journal, or another open run */
export async function carryOutPhase(
  host: Host,
  phase: PhaseRun,
  options: CarryOutOptions,
): Promise<PhaseResult> {
  const began = host.clock.now();
  return live(host, { ...phase, module: null }, options, async (now) => {
    const parts: MoveResult[] = [];
    const hands = {
      ...lookingHands(host, phase, now.run),
      carryOut: carryOutPart(host, phase, now, parts),
    };
    const run = await executeRun({
      run: now.run,
      about: aboutPhase(phase),
      runbook: phase.runbook,
      steps: phase.steps,
      undo: phase.undo,
      failures: phase.failures,
      kinds: STEP_KINDS,
      contextFor: phaseContextOf(host, phase, hands, {
        token: now.lease.token,
        history: historyOf(now.journal.records, now.shared),
        record: noting(now),
      }),
      log: now.journal,
      redisAt: now.redisAt,
      clock: host.clock,
      lease: now.lease.signal,
      interruption: host.interruption,
      halt: phase.failures === 'go-on' ? null : () => haltOf(host),
      pointOfReturn: null,
      beforeEnd: null,
      commands: phase.commands,
      emit: host.emit,
    });
    const durationMs = host.clock.now() - began;
    return { open: run.open, value: { verb: phase.verb, run, parts, durationMs } };
  });
}

/** Makes the contexts in which the steps of such a run are carried out, or only looked at. */
export function phaseContextOf(
  host: Host,
  phase: PhaseRun,
  hands: PhaseHands,
  now: {
    readonly token: number;
    readonly history: MigrationHistory;
    readonly record: PhaseContext['record'];
  },
): (view: StepView) => PhaseContext {
  return (view) => ({
    ...host,
    signal: view.signal,
    history: now.history,
    options: phase.options,
    run: {
      id: view.run,
      verb: phase.verb,
      token: now.token,
      earlier: view.earlier,
      undoing: view.undoing ?? phase.undoing,
    },
    guard: (streams) => guardStreams(host.redis, now.token, streams),
    record: now.record,
    phase: hands,
  });
}

/** The hands of one who only looks: a part is described, and not carried out. */
export function lookingHands(host: Host, phase: PhaseRun, run: string): PhaseHands {
  const { options, commands, baseline, report, doneByHand } = phase;
  return {
    async describe(part) {
      const proposal = await proposePart(host, { part, within: run, options, commands });
      switch (proposal.kind) {
        case 'nothing':
          return [];
        case 'by-hand':
          return [`change ${proposal.publisher} by hand, and say so`];
        case 'move': {
          const texts = proposal.plan.steps
            .filter(({ nature, toDo }) => nature === 'effect' && toDo)
            .flatMap(({ actions }) => actions.map(({ text }) => text));
          // Nothing may be left to change, but a part that was begun has its checks to come to an end.
          return texts.length > 0 ? texts : [`finish what was begun with ${proposal.plan.module}`];
        }
      }
    },
    carryOut: async () => {
      throw new Error('Whoever only looks carries out nothing.');
    },
    baseline,
    report,
    doneByHand,
  };
}

function carryOutPart(
  host: Host,
  phase: PhaseRun,
  whole: Live,
  parts: MoveResult[],
): PhaseHands['carryOut'] {
  const { options, commands } = phase;
  return async (part, report) => {
    const within = whole.run;
    const proposal = await proposePart(host, { part, within, options, commands });
    if (proposal.kind === 'nothing') return { outcome: 'nothing', because: proposal.because };
    if (proposal.kind === 'by-hand') throw changedByHand(proposal.publisher, phase);
    const { move } = proposal;
    const told: Host = {
      ...host,
      emit(event) {
        host.emit(event);
        if (event.type === 'step.started') report({ text: event.text });
      },
    };
    const result = await livePart(host, { ...move, module: move.module.name }, whole, (now) =>
      runMove(told, move, now),
    );
    parts.push(result);
    const { run, announced, lost, unaudited } = result;
    if (run.error !== null) throw run.error;
    return { outcome: 'done', run: run.run, announced, lost, unaudited };
  };
}

function changedByHand(publisher: string, { commands }: PhaseRun): OrionError {
  return new OrionError({
    kind: 'confirmation',
    code: 'publisher.by-hand',
    message: `${publisher} has no settings: its change is made by hand, and nobody said that it is made.`,
    hint: 'Change it and start it, then say so; the answer is kept in the journal.',
    next: [`${commands.again} --done ${publisher}`],
  });
}

/** The halt in force, read anew before each step. */
async function haltOf({ redis, plan }: Host): Promise<{ readonly reason: string } | null> {
  return (await readShared(redis, plan.streams.prefix)).halt;
}

function aboutPhase({ verb, options, doneByHand, supersedes }: PhaseRun): JsonObject {
  return {
    verb,
    overrides: Object.fromEntries(options.overrides),
    acceptDuplicates: options.acceptDuplicates,
    doneByHand: [...doneByHand],
    supersedes,
  };
}
