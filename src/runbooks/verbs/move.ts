import type { GateResult } from '../../checks/index.js';
import { discoverStreams, groupOf, type ModulePlan, type SideName } from '../../facts/index.js';
import { guardStreams, type JournalRecord } from '../../journal/index.js';
import { type JsonObject, OrionError } from '../../problems/index.js';
import type { MoveOptions, PublishingEdit, StepContext, StepMemory } from '../../steps/index.js';
import { STEP_KINDS } from '../../steps/index.js';
import { type BoundStep, bindRunbook } from '../bind-runbook.js';
import { contextValues, type ModuleStream } from '../context-values.js';
import { type PlannedStep, planRun } from '../plan-run.js';
import type { StepView } from '../run-options.js';
import type { Runbook } from '../runbook.js';
import type { Host } from './host.js';
import type { Standing } from './standing.js';

/** `publish` points the publishing of a service to the other bus; where it reads too, it is settled. */
export type MoveVerb = 'migrate' | 'rollback' | 'settle' | 'publish';

/** What one run of a verb is to do with one module, before anybody agreed to it. */
export interface Move {
  readonly verb: MoveVerb;
  readonly module: ModulePlan;
  readonly giving: SideName;
  readonly receiving: SideName;
  /** Settings of the same service that are edited in the same pause. */
  readonly publishes: PublishingEdit | null;
  /** The run this one is a part of, or null. */
  readonly within: string | null;
  readonly options: MoveOptions;
  /** See `StepContext.handedOver`; the second is for the undo. */
  readonly handedOver: boolean | null;
  readonly handedOverInUndo: boolean | null;
  readonly runbook: Runbook;
  readonly steps: readonly BoundStep[];
  readonly undo: { readonly runbook: Runbook; readonly steps: readonly BoundStep[] } | null;
  /** The open run this one resumes, or null. */
  readonly resumes: string | null;
  /** The open run this one takes the place of, or null. */
  readonly supersedes: string | null;
  /** How many records the journal had when this was planned. */
  readonly plannedAt: number;
  /** What the unfinished runs before this one had intended and observed. */
  readonly undoing: StepMemory;
  /** The two commands that are legal while the run is open. */
  readonly commands: { readonly again: string; readonly back: string };
}

/** What would be done, for a dry run and for the confirmation. */
export interface MovePlan {
  readonly module: string;
  readonly verb: Move['verb'];
  readonly from: string;
  readonly to: string;
  readonly steps: readonly PlannedStep[];
  readonly gates: readonly GateResult[];
}

/** Binds a runbook of this host to one module. @throws {OrionError} `runbook.missing` */
export async function boundSteps(
  host: Host,
  module: ModulePlan,
  giving: SideName,
  id: string,
): Promise<{ runbook: Runbook; steps: readonly BoundStep[] }> {
  const runbook = host.runbooks.get(id);
  if (runbook === undefined) throw missingRunbook(id);
  const found = await discoverStreams(host.redis, host.plan.streams.prefix);
  const streams = found.flatMap(({ stream, type, groups }): ModuleStream[] => {
    const pair = {
      source: groupOf(module, type, 'source'),
      target: groupOf(module, type, 'target'),
    };
    const mine = groups.includes(pair.source) || groups.includes(pair.target);
    return mine ? [{ type, stream, ...pair }] : [];
  });
  const values = contextValues(host.plan, {
    run: { id: 'plan', now: new Date(host.clock.now()).toISOString() },
    module,
    streams,
    giving,
    redisUrl: host.redis.url,
  });
  return { runbook, steps: bindRunbook(runbook, values) };
}

/** Makes the contexts in which the steps of a move run, forwards and back. */
export function contextOf(
  host: Host,
  move: Move,
  live: {
    readonly token: number;
    readonly history: Standing['history'];
    readonly record: StepContext['record'];
  },
): (view: StepView) => StepContext {
  return (view) => {
    const back = view.direction === 'undo';
    return {
      ...host,
      signal: view.signal,
      history: live.history,
      module: move.module,
      giving: back ? move.receiving : move.giving,
      receiving: back ? move.giving : move.receiving,
      publishes: back ? reversed(move.publishes) : move.publishes,
      options: move.options,
      handedOver: view.direction === 'undo' ? move.handedOverInUndo : move.handedOver,
      run: {
        id: view.run,
        verb: move.verb,
        token: live.token,
        earlier: view.earlier,
        undoing: view.undoing ?? move.undoing,
      },
      guard: (streams) => guardStreams(host.redis, live.token, streams),
      record: live.record,
    };
  };
}

function reversed(edit: PublishingEdit | null): PublishingEdit | null {
  return edit === null ? null : { settings: edit.settings, from: edit.to, to: edit.from };
}

/** A context for looking only: it holds no lease, and every script it might run would be refused. */
export function lookingContext(
  host: Host,
  move: Move,
  standing: Standing,
): (view: StepView) => StepContext {
  return contextOf(host, move, {
    token: 0,
    history: standing.history,
    record: async () => undefined,
  });
}

/** Plans a move, or what is left of an open one, without changing anything. */
export async function planMove(
  host: Host,
  move: Move,
  standing: Standing,
  gates: readonly GateResult[],
): Promise<MovePlan> {
  const plan = await planRun({
    run: move.resumes ?? 'plan',
    runbook: move.runbook,
    steps: move.steps,
    undo: move.undo,
    kinds: STEP_KINDS,
    contextFor: lookingContext(host, move, standing),
    log: { records: standing.journal.records, append: refuseToWrite },
    commands: move.commands,
    signal: new AbortController().signal,
  });
  return {
    module: move.module.name,
    verb: move.verb,
    from: host.plan[move.giving].name,
    to: host.plan[move.receiving].name,
    steps: plan.steps,
    gates,
  };
}

export async function refuseToWrite(): Promise<never> {
  throw new Error('A plan writes no records.');
}

export function missingRunbook(id: string): OrionError {
  return new OrionError({
    kind: 'config',
    code: 'runbook.missing',
    message: `There is no runbook ${id}.`,
    hint: 'Nothing was changed.',
    next: ['orion-bus runbooks list'],
  });
}

/** What `run.started` says of a move. */
export function aboutMove(move: Move): JsonObject {
  return {
    verb: move.verb,
    module: move.module.name,
    giving: move.giving,
    receiving: move.receiving,
    overrides: Object.fromEntries(move.options.overrides),
    start: move.options.start,
    missingGroup: move.options.missingGroup,
    acceptDuplicates: move.options.acceptDuplicates,
    handedOver: move.handedOver,
    supersedes: move.supersedes,
    ...(move.publishes === null
      ? {}
      : { publishes: { from: move.publishes.from, to: move.publishes.to } }),
    ...(move.within === null ? {} : { within: move.within }),
  };
}

/** The options an open run was begun with, widened by what was typed now. */
export function resumedOptions(started: JournalRecord | null, typed: MoveOptions): MoveOptions {
  if (started === null) return typed;
  const { data } = started;
  const before = data['overrides'];
  const overrides =
    typeof before === 'object' && before !== null && !Array.isArray(before)
      ? Object.entries(before).map(([gate, reason]): [string, string] => [gate, String(reason)])
      : [];
  const missingGroup = data['missingGroup'];
  return {
    start: typed.start || data['start'] === true,
    missingGroup:
      typed.missingGroup ??
      (missingGroup === 'beginning' || missingGroup === 'tip' ? missingGroup : null),
    acceptDuplicates: Math.max(typed.acceptDuplicates, Number(data['acceptDuplicates'] ?? 0)),
    overrides: new Map([...overrides, ...typed.overrides]),
  };
}
