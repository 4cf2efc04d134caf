import { readBaseline, writeBaseline } from '../evidence/index.js';
import { OrionError } from '../problems/index.js';
import {
  phaseNothingPage,
  phasePlanPage,
  phaseResultPage,
  phaseTitle,
  RECKONED_MS,
} from '../report/index.js';
import {
  type CarryOutOptions,
  carryOutPhase,
  type Host,
  type PhaseProposal,
  type PhaseRequest,
  type PhaseResult,
  proposePhase,
} from '../runbooks/index.js';
import { captureBaseline } from '../steps/index.js';
import type { Answer } from './answer.js';
import type { Mover } from './mover.js';
import { reportForArchive } from './report-texts.js';
import { openStage } from './stage.js';

/** Carries out a verb about the whole migration: asks its gates, shows the plan, asks, and does it. */
export async function phaseAnswer(
  mover: Mover,
  request: Omit<PhaseRequest, 'baseline' | 'report'> & {
    readonly takeOver: CarryOutOptions['takeOver'];
  },
): Promise<Answer> {
  const stage = await openStage(mover);
  const proposal = await proposePhase(stage.host, {
    ...request,
    baseline: (signal) => baselineOf(stage.host, mover.say, signal),
    report: reportForArchive(stage.host),
  });
  if (proposal.kind !== 'run') return nothingToDo(request.verb, proposal);
  const { run, plan, gates, refusal } = proposal;
  const shown = { verb: run.verb, steps: plan.steps, gates };
  const page = phasePlanPage(shown);
  const document = planDocument(proposal);
  const more = { gates, wouldExit: refusal?.exitCode ?? 0 };
  if (refusal !== null && !mover.dryRun) {
    return { document: { plan: document, ...more }, page, problem: refusal };
  }
  const asked = await mover.confirmed({
    ...{ plan: document, more, page },
    question: `${phaseTitle(run.verb)}?`,
    command: run.commands.again,
  });
  if (asked !== null) return asked;
  const { takeOver } = request;
  const tolerant = run.failures === 'go-on';
  const result = await stage.draw((unstored) =>
    carryOutPhase(stage.host, run, { takeOver, tolerant, unstored }),
  );
  return resultAnswer(result, run.commands.again);
}

function nothingToDo(verb: string, proposal: Exclude<PhaseProposal, { kind: 'run' }>): Answer {
  const { kind, phase } = proposal;
  const soakLeftMs = proposal.kind === 'already' ? proposal.soakLeftMs : null;
  const text =
    kind === 'already'
      ? 'It has been done already'
      : 'There is nothing to take back, as a look shows';
  return {
    document: { ok: true, exitCode: 0, verb, phase, already: true, soakLeftMs },
    page: phaseNothingPage(`${text}; the migration stands in ${phase}.`, soakLeftMs),
    next: ['orion-bus status'],
  };
}

function resultAnswer(result: PhaseResult, again: string): Answer {
  const { verb, run, parts, durationMs } = result;
  const sum = (pick: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0);
  const announced = sum((part) => part.announced);
  const lost = sum((part) => part.lost);
  const problem = run.error ?? (lost > 0 ? lossFound(lost) : null);
  const left = run.steps.filter(({ status }) => status === 'failed' || status === 'not-reached');
  return {
    document: {
      ok: problem === null,
      exitCode: problem?.exitCode ?? 0,
      verb,
      run: run.run,
      outcome: run.outcome,
      undo: run.undo,
      undoError: run.undoError?.message ?? null,
      open: run.open,
      halted: run.halted,
      durationMs,
      ...(verb.startsWith('rollback') ? { reckonedMs: RECKONED_MS } : {}),
      announced,
      lost,
      modules: parts.map((part) => ({
        module: part.module,
        verb: part.verb,
        ok: part.run.error === null && part.lost === 0,
        exitCode: part.run.exitCode,
        run: part.run.run,
        outcome: part.run.outcome,
        undo: part.run.undo,
        announced: part.announced,
        lost: part.lost,
        unaudited: part.unaudited,
      })),
      left: left.map(({ id, title, error }) => ({ id, title, why: error?.message ?? null })),
      steps: run.steps.map(({ id, status, data }) => ({ id, status, data })),
      undoSteps: run.undoSteps.map(({ id, status, data }) => ({ id, status, data })),
    },
    page: phaseResultPage({ verb, run, durationMs, reckonedMs: RECKONED_MS, announced, lost }),
    next:
      problem === null
        ? ['orion-bus status']
        : [...new Set([...problem.next, ...(run.open ? [again] : []), 'orion-bus status'])],
    ...(problem === null ? {} : { problem }),
  };
}

function planDocument({ run, plan }: Extract<PhaseProposal, { kind: 'run' }>): object {
  return {
    verb: run.verb,
    resumes: run.resumes,
    supersedes: run.supersedes,
    steps: plan.steps.map(({ id, title, kind, toDo, actions, problem }) => ({
      ...{ id, title, kind, toDo },
      actions: actions.map(({ text }) => text),
      problem: problem?.message ?? null,
    })),
  };
}

/** The baseline that is stored, or one that is captured now, before anything is moved. */
export async function baselineOf(
  { plan, services, contracts, clock, redis, capabilities }: Host,
  say: Mover['say'],
  signal: AbortSignal,
  durationMs = BASELINE_MS,
): Promise<{ readonly captured: boolean }> {
  if ((await readBaseline(plan.stateDir)) !== null) return { captured: false };
  say(`capturing the baseline of the source: ${durationMs / 1_000} s; ${BASELINE_HINT}`);
  const baseline = await captureBaseline(
    { plan, services, contracts, clock, redis: async () => ({ link: redis, capabilities }) },
    { durationMs, signal, onSample: () => undefined },
  );
  await writeBaseline(plan.stateDir, baseline);
  return { captured: true };
}

const BASELINE_HINT =
  'one that was captured before, by orion-bus baseline --for 10m, is taken as it is';

/** As long as the command `baseline` looks by itself. */
const BASELINE_MS = 60_000;

function lossFound(lost: number): OrionError {
  return new OrionError({
    kind: 'loss',
    code: 'loss.found',
    message: `${lost} messages were trimmed before they had been handled.`,
    hint: 'They cannot be brought back. What was handed over is correct and stays; a halt is in force.',
    next: ['orion-bus status', 'orion-bus journal'],
  });
}
