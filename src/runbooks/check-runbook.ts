import type { Finding, JsonObject } from '../problems/index.js';
import { bindStep, type Refuse, repetitions } from './bind-runbook.js';
import { checkArgs } from './check-args.js';
import { didYouMean } from './nearest-name.js';
import { lineOf, type Runbook, type RunbookStep } from './runbook.js';
import type { StepKinds } from './step-kinds.js';
import { bindText } from './template.js';

/**
 * Proves a runbook without a run: every `uses` names a kind, every `with` fits its JSON Schema, every
 * template leads somewhere, every timeout and exit is one, and `on-failure` names a runbook.
 * @param shape the context of the templates with example values; see `CONTEXT_SHAPE`
 * @param runbooks the ids that `on-failure` may name
 * @returns one finding for each thing that is wrong; a single `pass` when nothing is
 */
export function checkRunbook(
  runbook: Runbook,
  kinds: StepKinds,
  shape: JsonObject,
  runbooks: Iterable<string>,
): readonly Finding[] {
  const findings = [...checkOnFailure(runbook, [...runbooks])];
  for (const step of runbook.steps) {
    const add = (status: Finding['status'], part: string, message: string): void => {
      const place = `${runbook.file}:${lineOf(step.lines, part)}`;
      findings.push({
        id: `runbook.${runbook.id}.${step.id}.${part}`,
        status,
        message: `${place}: ${message}`,
        value: { file: runbook.file, line: lineOf(step.lines, part) },
      });
    };
    checkStep(step, kinds, shape, (part, message) => add('fail', part, message));
    if (step.why.trim() === '') add('warn', 'heading', `step "${step.id}" does not say why`);
    if (step.byHand === null) {
      add('warn', 'heading', `step "${step.id}" has no \`\`\`bash by-hand block`);
    }
  }
  if (findings.some(({ status }) => status === 'fail')) return findings;
  return [passed(runbook), ...findings];
}

function checkOnFailure(
  { id, file, onFailure }: Runbook,
  known: readonly string[],
): readonly Finding[] {
  if (onFailure === null) return [];
  const refused = (message: string): Finding[] => [
    {
      id: `runbook.${id}.on-failure`,
      status: 'fail',
      message: `${file}:1: ${message}`,
      value: { file, line: 1 },
    },
  ];
  if (onFailure === id) return refused(`runbook "${id}" names itself in on-failure`);
  if (known.includes(onFailure)) return [];
  return refused(
    `on-failure names an unknown runbook "${onFailure}"${didYouMean(onFailure, known)}`,
  );
}

function checkStep(step: RunbookStep, kinds: StepKinds, shape: JsonObject, add: Refuse): void {
  const refused = new Set<string>();
  const refuse: Refuse = (part, message) => {
    // What could not be looked up has no type to be wrong.
    if (!refused.has(part)) add(part, message);
    refused.add(part);
  };
  const kind = kinds.get(step.uses);
  if (kind === undefined) {
    refuse('uses', `unknown step kind "${step.uses}"${didYouMean(step.uses, kinds.keys())}`);
  }
  for (const { context } of repetitions(step, shape, refuse).slice(0, 1)) {
    const { args, filled } = bindStep(step, null, context, refuse);
    for (const { place, message } of kind === undefined ? [] : checkArgs(kind, args, filled)) {
      refuse(place === '' ? 'with' : `with.${place}`, message);
    }
    checkText('heading', step.title, context, refuse);
    checkText('by-hand', step.byHand ?? '', context, refuse);
  }
}

function checkText(part: string, text: string, context: JsonObject, refuse: Refuse): void {
  const bound = bindText(text, context);
  if ('problem' in bound) refuse(part, bound.problem);
}

const passed = ({ id, file, steps, fingerprint }: Runbook): Finding => ({
  id: `runbook.${id}`,
  status: 'pass',
  message: `${file}: ${steps.length} steps, every kind, argument and template known`,
  value: { steps: steps.length, fingerprint },
});
