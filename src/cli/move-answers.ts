import { OrionError } from '../problems/index.js';
import {
  formatCount,
  formatCountOf,
  formatDuration,
  line,
  movePlanPage,
  type Page,
  runPage,
  titleOf,
} from '../report/index.js';
import {
  type CarryOutOptions,
  carryOut,
  type MigrateRequest,
  type Move,
  type MovePlan,
  type MoveResult,
  proposeMigration,
  proposeRollback,
  proposeSettle,
  type RollbackProposal,
  type RollbackRequest,
} from '../runbooks/index.js';
import type { Answer } from './answer.js';
import type { Mover } from './mover.js';
import { openStage, type Stage } from './stage.js';

/** Moves one module. */
export async function migrateAnswer(mover: Mover, request: MigrateRequest): Promise<Answer> {
  const stage = await openStage(mover);
  const proposal = await proposeMigration(stage.host, request);
  if (proposal.kind === 'already') {
    const left = proposal.soakLeftMs ?? 0;
    const soak = left > 0 ? `its soak ends in ${formatDuration(left)}` : 'its soak is over';
    return {
      document: { ok: true, exitCode: 0, module: proposal.module, already: true, soakLeftMs: left },
      page: [line(`${proposal.module} is on the target already; ${soak}.`)],
      next: ['orion-bus status'],
    };
  }
  const { move, plan, refusal } = proposal;
  const gates = { gates: plan.gates, wouldExit: refusal?.exitCode ?? 0 };
  if (refusal !== null && !mover.dryRun) {
    return {
      document: { plan: planDocument(plan), ...gates },
      page: movePlanPage(plan),
      problem: refusal,
    };
  }
  const asked = await mover.confirmed({
    plan: planDocument(plan),
    more: gates,
    page: movePlanPage(plan),
    question: `${titleOf(plan)}?`,
    command: move.commands.again,
  });
  if (asked !== null) return asked;
  const result = await run(stage, move, { takeOver: request.takeOver, tolerant: false });
  return moveAnswer(plan, result);
}

/** Settles one module in place. */
export async function settleAnswer(
  mover: Mover,
  module: string,
  options: Move['options'],
): Promise<Answer> {
  const stage = await openStage(mover);
  const { move, plan } = await proposeSettle(stage.host, module, options);
  const asked = await mover.confirmed({
    plan: planDocument(plan),
    more: { gates: [], wouldExit: 0 },
    page: movePlanPage(plan),
    question: `${titleOf(plan)}?`,
    command: move.commands.again,
  });
  if (asked !== null) return asked;
  return moveAnswer(plan, await run(stage, move, { takeOver: 'none', tolerant: false }));
}

/** Puts one module back. */
export async function rollbackAnswer(
  mover: Mover,
  {
    takeOver,
    ...request
  }: RollbackRequest & { readonly module: string; readonly takeOver: CarryOutOptions['takeOver'] },
): Promise<Answer> {
  const stage = await openStage(mover);
  const proposal = await proposeRollback(stage.host, { ...request, among: [request.module] });
  if (proposal.kind === 'nothing') return nothingToDo(proposal);
  const { move, plan } = proposal;
  const asked = await mover.confirmed({
    plan: planDocument(plan),
    more: { gates: [], wouldExit: 0 },
    page: movePlanPage(plan),
    question: `${titleOf(plan)}?`,
    command: `orion-bus rollback --phase 2 --module ${request.module}`,
  });
  if (asked !== null) return asked;
  return moveAnswer(plan, await run(stage, move, { takeOver, tolerant: true }));
}

function nothingToDo({
  module,
  because,
  next,
}: Extract<RollbackProposal, { kind: 'nothing' }>): Answer {
  return {
    document: { ok: true, exitCode: 0, modules: [{ module, outcome: 'nothing', because }] },
    page: [line(`${module} is on the source already (${because}); nothing was handed over.`)],
    next: [next],
  };
}

/** One run of a verb, drawn as it goes. */
function run(
  stage: Stage,
  move: Move,
  options: Pick<CarryOutOptions, 'takeOver' | 'tolerant'>,
): Promise<MoveResult> {
  return stage.draw((unstored) => carryOut(stage.host, move, { ...options, unstored }));
}

function moveAnswer(plan: MovePlan, result: MoveResult): Answer {
  const { run, announced, lost, module, verb } = result;
  const problem = run.error ?? (lost > 0 ? lossFound(module, lost) : null);
  return {
    document: {
      ok: problem === null,
      exitCode: problem?.exitCode ?? 0,
      verb,
      module,
      run: run.run,
      outcome: run.outcome,
      undo: run.undo,
      undoError: run.undoError?.message ?? null,
      open: run.open,
      halted: run.halted,
      announced,
      lost,
      unaudited: result.unaudited,
      steps: run.steps.map(({ id, status, data }) => ({ id, status, data })),
      undoSteps: run.undoSteps.map(({ id, status, data }) => ({ id, status, data })),
    },
    page: run.outcome === 'done' ? donePage(plan, result) : runPage(titleOf(plan), run),
    // The module may be down: nothing comes before trying the way back again.
    next:
      run.undo === 'failed'
        ? [`orion-bus rollback --phase 2 --module ${module}`, 'orion-bus status']
        : (problem?.next ?? ['orion-bus status']),
    ...(problem === null ? {} : { problem }),
  };
}

/** The steps were drawn as they went; what stays to be said is short. */
function donePage(plan: MovePlan, { run, announced, lost, unaudited }: MoveResult): Page {
  const findings = run.steps.flatMap((step) => step.findings);
  return [
    line(`${titleOf(plan)}: done.`, { tone: 'good' }),
    line(
      announced === 0
        ? 'Nothing was in hand at the stop; nothing is handled twice.'
        : `In hand at the stop, and perhaps handled twice: ${formatCountOf(announced, 'message', 'messages')}.`,
    ),
    ...lossLines(lost, unaudited),
    ...findings
      .filter(({ status }) => status !== 'pass')
      .map(({ message }) => line(message, { tone: 'warn' })),
  ];
}

function lossLines(lost: number, unaudited: readonly string[]): Page {
  if (lost > 0) return [line(`${formatCount(lost)} messages were lost.`, { tone: 'bad' })];
  if (unaudited.length === 0) return [line('Nothing was lost.')];
  const where = unaudited.join(', ');
  return [line(`Whether something was lost on ${where} cannot be told.`, { tone: 'warn' })];
}

function lossFound(module: string, lost: number): OrionError {
  return new OrionError({
    kind: 'loss',
    code: 'loss.found',
    message: `${lost} messages of ${module} were trimmed before it had handled them.`,
    hint: 'They cannot be brought back. The handover itself is correct and stays; a halt is in force.',
    next: ['orion-bus status', 'orion-bus journal'],
  });
}

function planDocument(plan: MovePlan): object {
  return {
    verb: plan.verb,
    module: plan.module,
    from: plan.from,
    to: plan.to,
    steps: plan.steps.map(({ id, title, kind, toDo, actions, problem }) => ({
      id,
      title,
      kind,
      toDo,
      actions: actions.map(({ text }) => text),
      problem: problem?.message ?? null,
    })),
  };
}
