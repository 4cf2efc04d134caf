import type { ExitCode } from '../problems/index.js';
import { type CheckFinding, type CheckResult, checkStatus, type Figure } from './check-result.js';
import { printable } from './printable.js';

/**
 * The one line that a monitoring plugin prints: how it stands, every finding that is not in order,
 * how many are, and behind the bar all figures.
 *
 *     CRITICAL lag Crit:memory is missing OK:3 | lag/orion:events/memory=12;100;1000
 */
export function nagiosText(result: CheckResult, exitCode: ExitCode): string {
  const { name, findings, figures } = result;
  const told = TOLD.flatMap(([status, word]) => {
    const texts = findings.filter((finding) => finding.status === status).map(textOf);
    return texts.length === 0 ? [] : [`${word}:${texts.join(', ')}`];
  });
  const passed = findings.filter(({ status }) => status === 'ok').length;
  const parts = [checkStatus(result, exitCode).toUpperCase(), name, ...told, `OK:${passed}`];
  const performance = figures.length === 0 ? '' : ` | ${figures.map(figureText).join(' ')}`;
  return `${parts.join(' ')}${performance}\n`;
}

const TOLD = [
  ['critical', 'Crit'],
  ['warning', 'Warn'],
  ['unknown', 'Unknown'],
] as const;

/** A bar would end the text and begin the figures. */
function textOf({ text }: CheckFinding): string {
  return printable(text).replaceAll('|', '/');
}

/** `name/label=value[unit][;warning[;critical]]`; `U` is how plugins say that it is not known. */
function figureText({ name, labels, value, unit, warning, critical }: Figure): string {
  const label = printable([name, ...Object.values(labels)].join('/')).replaceAll(/['=|]/g, '_');
  const quoted = label.includes(' ') ? `'${label}'` : label;
  const shown = value === null ? 'U' : `${value.toFixed(unit === 's' ? 4 : 0)}${unit}`;
  const limits = critical === undefined ? [warning] : [warning ?? '', critical];
  return [`${quoted}=${shown}`, ...limits.filter((limit) => limit !== undefined)].join(';');
}
