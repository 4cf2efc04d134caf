import {
  type GateResult,
  type MigrationPhase,
  migrationPhase,
  refusals,
} from '../../checks/index.js';
import { type Plan, redisTimeMs } from '../../facts/index.js';
import { OrionError } from '../../problems/index.js';
import {
  evaluatePhaseGates,
  gateRefused,
  type MoveOptions,
  STEP_KINDS,
} from '../../steps/index.js';
import { type BoundStep, bindRunbook } from '../bind-runbook.js';
import { contextValues } from '../context-values.js';
import type { PhaseVerb } from '../phase-history.js';
import { planRun, type RunPlan } from '../plan-run.js';
import type { Runbook } from '../runbook.js';
import type { Host } from './host.js';
import { openRunInTheWay } from './legality.js';
import { missingRunbook, refuseToWrite, resumedOptions } from './move.js';
import { mayDo, type PhaseAnswer } from './phase-legality.js';
import { phaseMemory } from './phase-memory.js';
import { lookingHands, type PhaseRun, phaseContextOf } from './phase-run.js';
import { startedOf } from './rollback.js';
import { readStanding, type Standing } from './standing.js';

/* Planning a run about the whole migration: what is legal, its runbook, its gates; changes nothing. */

export interface PhaseRequest {
  readonly verb: PhaseVerb;
  readonly options: MoveOptions;
  /** Publishers of which the operator said that they were changed by hand. */
  readonly doneByHand: ReadonlySet<string>;
  readonly baseline: PhaseRun['baseline'];
  readonly report: PhaseRun['report'];
}

export type PhaseProposal =
  | {
      readonly kind: 'already';
      readonly phase: MigrationPhase;
      /** Of the soak that the phase is in; null outside of one. */
      readonly soakLeftMs: number | null;
    }
  | { readonly kind: 'nothing'; readonly phase: MigrationPhase }
  | {
      readonly kind: 'run';
      readonly run: PhaseRun;
      readonly plan: RunPlan;
      readonly gates: readonly GateResult[];
      /** The refusal of the gates, which `--dry-run` only shows. */
      readonly refusal: OrionError | null;
    };

/** @throws {OrionError} where the verb is not legal in this phase */
export async function proposePhase(host: Host, request: PhaseRequest): Promise<PhaseProposal> {
  for (const name of request.doneByHand) expectByHand(host.plan, name);
  const standing = await readStanding(host);
  const nowMs = await redisTimeMs(host.redis);
  const phase = phaseOf(host.plan, standing, nowMs);
  const goesBack = request.verb.startsWith('rollback');
  if (!goesBack && standing.journalProblem !== null) throw standing.journalProblem;
  const answer = mayDo(phase, request.verb);
  switch (answer) {
    case 'already':
      return { kind: 'already', phase, soakLeftMs: soakLeftMs(host.plan, standing, phase, nowMs) };
    case 'nothing':
      return { kind: 'nothing', phase };
    case 'open-run':
    case 'too-early':
      throw notNow(answer, phase, request.verb, standing);
    default:
      return proposeRun(host, request, standing, phase, answer);
  }
}

/** How far the migration has come, by what was just looked at. */
export function phaseOf(
  plan: Plan,
  { history, modules }: Pick<Standing, 'history' | 'modules'>,
  nowMs: number | null,
): MigrationPhase {
  return migrationPhase({
    modules: [...modules.values()].map(({ module, state, settings }) => ({
      state,
      settings: settings.side,
      recorded: history.modules.has(module.name)
        ? (history.modules.get(module.name)?.side ?? null)
        : 'source',
    })),
    history,
    nowMs,
    phase1Ms: plan.soak.phase1Ms,
    burnInMs: plan.soak.burnInMs,
  });
}

type Going = Exclude<PhaseAnswer, 'already' | 'nothing' | 'open-run' | 'too-early'>;

async function proposeRun(
  host: Host,
  request: PhaseRequest,
  standing: Standing,
  phase: MigrationPhase,
  answer: Going,
): Promise<PhaseProposal> {
  const run = await phaseRun(host, request, standing, answer);
  const hands = lookingHands(host, run, run.resumes ?? 'plan');
  const contextFor = phaseContextOf(host, run, hands, {
    token: 0,
    history: standing.history,
    record: async () => undefined,
  });
  const { signal } = new AbortController();
  const plan = await planRun({
    ...run,
    run: run.resumes ?? 'plan',
    kinds: STEP_KINDS,
    contextFor,
    log: { records: standing.journal.records, append: refuseToWrite },
    signal,
  });
  if (answer === 'look' && changesNothing(plan)) return { kind: 'nothing', phase };
  const nothing = { intent: () => null, result: () => null };
  const gates =
    run.resumes !== null || run.failures === 'go-on'
      ? []
      : await evaluatePhaseGates(
          contextFor({
            ...{ run: 'plan', direction: 'forward', step: 'gates', signal },
            ...{ earlier: nothing, undoing: null },
          }),
          'not-yet',
        );
  // The checklist runs programs, so it is whole only after the confirmation.
  const refused = refusals(
    gates.filter(({ gate, verdict }) => gate !== 'checklist' || verdict !== 'inconclusive'),
  );
  const [first] = refused;
  const refusal =
    first === undefined ? null : gateRefused(refused, first, `${WORDS[run.verb]} may not begin`);
  return { kind: 'run', run, plan, gates, refusal };
}

/** Where every effect has nothing to do, and could say so. */
function changesNothing({ steps }: RunPlan): boolean {
  return steps.every(
    ({ nature, actions, problem }) =>
      nature !== 'effect' || (problem === null && actions.length === 0),
  );
}

async function phaseRun(
  host: Host,
  request: PhaseRequest,
  standing: Standing,
  answer: Going,
): Promise<PhaseRun> {
  const { records } = standing.journal;
  const { openRun } = standing.history;
  const verb = verbOf(request.verb, answer, openRun?.verb ?? null);
  const started = openRun === null ? null : startedOf(records, openRun);
  if (openRun !== null && answer === 'go') throw openRunInTheWay(openRun);
  const bound = boundTo(host, verb, verb);
  const goesBack = verb.startsWith('rollback');
  // By other steps than it began with it cannot be resumed, and there must be a way back all the same.
  const changed = goesBack && started?.data['fingerprint'] !== bound.runbook.fingerprint;
  const resumes = openRun !== null && openRun.verb === verb && !changed ? openRun.run : null;
  const before = started?.data['doneByHand'];
  return {
    verb,
    ...bound,
    undo: verb === 'phase1-start' ? boundTo(host, 'rollback-phase1', verb) : null,
    failures: verb === 'phase1-start' ? 'end-run' : goesBack ? 'go-on' : 'stay-open',
    options: resumedOptions(resumes === null ? null : started, request.options),
    doneByHand: new Set([
      ...(resumes !== null && Array.isArray(before) ? before.map(String) : []),
      ...request.doneByHand,
    ]),
    baseline: request.baseline,
    report: request.report,
    resumes,
    supersedes: resumes === null ? (openRun?.run ?? null) : null,
    plannedAt: records.length,
    undoing: phaseMemory(records, resumes),
    commands: { again: COMMANDS[verb], back: COMMANDS[BACK[verb]] },
  };
}

function verbOf(asked: PhaseVerb, answer: Going, open: string | null): PhaseVerb {
  switch (answer) {
    case 'R1':
      return 'rollback-phase1';
    case 'R2':
      return 'rollback-phase2';
    case 'R3':
      return 'rollback-phase3';
    case 'resume':
      return open === 'rollback-phase1' || open === 'rollback-phase3' ? open : asked;
    default:
      return asked;
  }
}

/** The runbook of a verb; that of phase 2 without a module is about all of them. */
const RUNBOOKS: Readonly<Record<PhaseVerb, string>> = {
  'phase1-start': 'phase1-start',
  'phase3-cutover': 'phase3-cutover',
  'phase3-finalize': 'phase3-finalize',
  'rollback-phase1': 'rollback-phase1',
  'rollback-phase2': 'rollback-phase2-all',
  'rollback-phase3': 'rollback-phase3',
};

const COMMANDS: Readonly<Record<PhaseVerb, string>> = {
  'phase1-start': 'orion-bus phase1 start',
  'phase3-cutover': 'orion-bus phase3 cutover',
  'phase3-finalize': 'orion-bus phase3 finalize',
  'rollback-phase1': 'orion-bus rollback --phase 1',
  'rollback-phase2': 'orion-bus rollback --phase 2',
  'rollback-phase3': 'orion-bus rollback --phase 3',
};

const BACK: Readonly<Record<PhaseVerb, PhaseVerb>> = {
  'phase1-start': 'rollback-phase1',
  'phase3-cutover': 'rollback-phase3',
  'phase3-finalize': 'rollback-phase3',
  'rollback-phase1': 'rollback-phase1',
  'rollback-phase2': 'rollback-phase2',
  'rollback-phase3': 'rollback-phase3',
};

/** What a verb does, as the subject of a refusal. */
const WORDS: Readonly<Record<PhaseVerb, string>> = {
  'phase1-start': 'Phase 1',
  'phase3-cutover': 'The cutover',
  'phase3-finalize': 'The end of phase 3',
  'rollback-phase1': 'The rollback of phase 1',
  'rollback-phase2': 'The rollback of phase 2',
  'rollback-phase3': 'The rollback of phase 3',
};

function boundTo(
  host: Host,
  of: PhaseVerb,
  verb: PhaseVerb,
): { readonly runbook: Runbook; readonly steps: readonly BoundStep[] } {
  const runbook = host.runbooks.get(RUNBOOKS[of]);
  if (runbook === undefined) throw missingRunbook(RUNBOOKS[of]);
  const values = contextValues(host.plan, {
    run: { id: 'plan', now: new Date(host.clock.now()).toISOString() },
    giving: verb.startsWith('rollback') ? 'target' : 'source',
    redisUrl: host.redis.url,
  });
  return { runbook, steps: bindRunbook(runbook, values) };
}

/** Whoever says that it is done by hand must not mean one whose settings this tool edits. */
function expectByHand({ publishers }: Plan, name: string): void {
  const byHand = publishers.filter(({ settings }) => settings.length === 0);
  if (byHand.some((publisher) => publisher.name === name)) return;
  throw new OrionError({
    kind: 'usage',
    code: 'publisher.not-by-hand',
    message: `${name} is no publisher that is changed by hand.`,
    hint: `Nothing was changed. Those without settings are: ${byHand.map((each) => each.name).join(', ') || 'none'}.`,
  });
}

function soakLeftMs(
  plan: Plan,
  { history }: Standing,
  phase: MigrationPhase,
  nowMs: number,
): number | null {
  const left = (sinceMs: number | null, lengthMs: number): number | null =>
    sinceMs === null ? null : Math.max(0, sinceMs + lengthMs - nowMs);
  if (phase === 'P1' || phase === 'P1✓') return left(history.phase1SinceMs, plan.soak.phase1Ms);
  if (phase === 'P3' || phase === 'P3✓') {
    return left(history.phases.burnInSinceMs, plan.soak.burnInMs);
  }
  return null;
}

function notNow(
  answer: 'open-run' | 'too-early',
  phase: MigrationPhase,
  verb: PhaseVerb,
  { history }: Standing,
): OrionError {
  if (answer === 'open-run' && history.openRun !== null) return openRunInTheWay(history.openRun);
  return new OrionError({
    kind: 'prerequisite',
    code: 'phase.not-now',
    message: `${WORDS[verb]} cannot begin in phase ${phase}.`,
    hint: 'Nothing was changed. The status says where the migration stands.',
    next: ['orion-bus status'],
  });
}
