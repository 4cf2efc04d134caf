import type { GateResult } from '../checks/index.js';
import { GAP, type Line, line, type Page, type Tone } from './page.js';

/** What a run would do, before anybody agreed; the plan of runbooks/ fits it. */
export interface PlannedMove {
  readonly module: string;
  readonly verb: 'migrate' | 'rollback' | 'settle' | 'publish';
  readonly from: string;
  readonly to: string;
  readonly steps: readonly PlannedMoveStep[];
  readonly gates: readonly GateResult[];
}

export interface PlannedMoveStep {
  readonly title: string;
  readonly nature: 'gate' | 'check' | 'fence' | 'effect';
  readonly toDo: boolean;
  readonly actions: readonly { readonly text: string }[];
  readonly problem: { readonly message: string } | null;
}

/** The gates, then what would be changed; the checks in between are only counted. */
export function movePlanPage(plan: PlannedMove): Page {
  const toDo = plan.steps.filter((step) => step.toDo);
  const looking = toDo.filter(({ nature }) => nature !== 'effect').length;
  const before = plan.steps.length - toDo.length;
  return [
    line(titleOf(plan), { tone: 'strong' }),
    ...(plan.gates.length === 0 ? [] : [line('Gates', { indent: 2, tone: 'strong' })]),
    ...gateLines(plan.gates),
    line('What changes', { indent: 2, tone: 'strong' }),
    ...toDo.filter(({ nature }) => nature === 'effect').flatMap(stepLines),
    line(
      `${looking} checks before, between and after${before === 0 ? '' : `; ${before} steps were done before`}`,
      { indent: 4, tone: 'dim' },
    ),
    GAP,
  ];
}

/** One line a gate: its verdict as a word, then why, and what to do where it does not let through. */
export function gateLines(gates: readonly GateResult[]): readonly Line[] {
  return gates.flatMap(({ gate, verdict, message, hint, overridden }) => {
    const word = overridden === null ? verdict : 'overridden';
    const because = overridden === null ? '' : ` (${overridden})`;
    const said = line(`${word.padEnd(VERDICT_WIDTH)} ${gate}: ${message}${because}`, {
      indent: 4,
      tone: TONES[word] ?? 'plain',
    });
    if (verdict === 'pass' || overridden !== null || hint === null) return [said];
    return [said, line(hint, { indent: 4 + VERDICT_WIDTH + 1, tone: 'dim' })];
  });
}

const VERDICT_WIDTH = 12;

/** What a verb does with a module, as a heading. */
export function titleOf({ verb, module, from, to }: Omit<PlannedMove, 'steps' | 'gates'>): string {
  switch (verb) {
    case 'migrate':
      return `Move ${module} from ${from} to ${to}`;
    case 'rollback':
      return `Put ${module} back from ${from} to ${to}`;
    case 'settle':
      return `Settle ${module} on ${to}`;
    case 'publish':
      return `Point the publishing of ${module} to the other bus`;
  }
}

const TONES: Readonly<Record<string, Tone>> = {
  pass: 'good',
  fail: 'bad',
  error: 'bad',
  inconclusive: 'warn',
  overridden: 'warn',
};

function stepLines({ title, actions, problem }: PlannedMoveStep): readonly Line[] {
  if (problem !== null) return [line(`${title}: ${problem.message}`, { indent: 4, tone: 'warn' })];
  return actions.map(({ text }) => line(text, { indent: 4 }));
}
