import type { GateResult } from '../checks/index.js';
import { formatCountOf, formatDuration } from './format.js';
import { gateLines } from './move-report.js';
import { GAP, type Line, line, type Page } from './page.js';
import { type EndedRun, runPage } from './run-report.js';

/* What a verb about the whole migration would do, and what it has done; the runs of runbooks/ fit it. */

export interface PlannedPhase {
  readonly verb: string;
  readonly steps: readonly {
    readonly id: string;
    readonly title: string;
    readonly nature: 'gate' | 'check' | 'fence' | 'effect';
    readonly toDo: boolean;
    readonly actions: readonly { readonly text: string }[];
    readonly problem: { readonly message: string } | null;
  }[];
  readonly gates: readonly GateResult[];
}

export interface EndedPhase {
  readonly verb: string;
  readonly run: EndedRun;
  readonly durationMs: number;
  /** What the procedure that is followed by hand reckons a way back with. */
  readonly reckonedMs: number;
  /** Messages in hand at a stop, which are perhaps handled again. */
  readonly announced: number;
  readonly lost: number;
}

export function phaseTitle(verb: string): string {
  return TITLES[verb] ?? verb;
}

const TITLES: Readonly<Record<string, string>> = {
  'phase1-start': 'Start the target bus beside the source bus',
  'phase3-cutover': 'Move the publishers and stop the source bus',
  'phase3-finalize': 'Archive the source bus',
  'rollback-phase1': 'Put everything back to before phase 1',
  'rollback-phase2': 'Put everything back to phase 1',
  'rollback-phase3': 'Put everything back on the source bus',
};

export function phasePlanPage({ verb, steps, gates }: PlannedPhase): Page {
  const effects = steps.filter(({ nature, toDo }) => nature === 'effect' && toDo);
  const changing = effects.filter(({ actions, problem }) => actions.length > 0 || problem !== null);
  const looking = steps.filter(({ nature, toDo }) => nature !== 'effect' && toDo).length;
  return [
    line(phaseTitle(verb), { tone: 'strong' }),
    ...(gates.length === 0 ? [] : [line('Gates', { indent: 2, tone: 'strong' })]),
    ...gateLines(gates),
    line('What changes', { indent: 2, tone: 'strong' }),
    ...changing.flatMap(stepLines),
    ...(changing.length === 0 ? [line('nothing: it is so already', { indent: 4 })] : []),
    line(`${looking} checks before, between and after`, { indent: 4, tone: 'dim' }),
    GAP,
  ];
}

function stepLines({
  id,
  title,
  actions,
  problem,
}: PlannedPhase['steps'][number]): readonly Line[] {
  const name = withKey(id, title);
  if (problem !== null) return [line(`${name}: ${problem.message}`, { indent: 4, tone: 'warn' })];
  const [key] = keyOf(id);
  if (key === undefined) return actions.map(({ text }) => line(text, { indent: 4 }));
  return [
    line(key, { indent: 4, tone: 'strong' }),
    ...actions.map(({ text }) => line(text, { indent: 6 })),
  ];
}

export function phaseResultPage(ended: EndedPhase): Page {
  const { verb, run, durationMs, reckonedMs, announced, lost } = ended;
  const steps = run.steps.map((step) => ({ ...step, title: withKey(step.id, step.title) }));
  const goesBack = verb.startsWith('rollback');
  return [
    ...runPage(phaseTitle(verb), { ...run, steps }),
    ...(goesBack
      ? [
          line(
            `It took ${formatDuration(durationMs)}; by hand ${formatDuration(reckonedMs)} are reckoned with.`,
          ),
        ]
      : []),
    line(
      announced === 0
        ? 'Nothing was in hand at a stop; nothing is handled twice.'
        : `In hand at a stop, and perhaps handled twice: ${formatCountOf(announced, 'message', 'messages')}.`,
    ),
    ...(lost > 0
      ? [line(`${formatCountOf(lost, 'message was', 'messages were')} lost.`, { tone: 'bad' })]
      : []),
    ...(goesBack && run.open
      ? [line('What failed above is left; the same command goes on with it.', { tone: 'warn' })]
      : []),
  ];
}

export function phaseNothingPage(text: string, soakLeftMs: number | null): Page {
  const left =
    soakLeftMs === null || soakLeftMs === 0
      ? ''
      : ` Its soak ends in ${formatDuration(soakLeftMs)}.`;
  return [line(`${text}${left}`)];
}

/** The item of a step that is repeated for each of a list. */
const keyOf = (id: string): string[] => /\[(.*)\]$/.exec(id)?.slice(1) ?? [];

const withKey = (id: string, title: string): string =>
  keyOf(id).reduce((text, key) => `${text}: ${key}`, title);
