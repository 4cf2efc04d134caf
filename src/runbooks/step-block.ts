import { readFields } from './fields.js';
import type { RunbookStep } from './runbook.js';
import type { Report } from './runbook-error.js';
import { wholeTemplate } from './template.js';
import { readYamlMap } from './yaml-map.js';

/** What the `yaml step` block itself says; title, prose and by-hand text stand around it. */
export type StepFields = Omit<RunbookStep, 'title' | 'why' | 'byHand'>;

const KEYS = ['id', 'uses', 'with', 'timeout', 'exit', 'for-each'];

/**
 * Reads a `yaml step` block: its shape only, since what it means depends on the step kinds.
 * @param fence the line of its opening fence
 * @returns null when something is wrong with it, which has been reported
 */
export function readStepBlock(text: string, fence: number, report: Report): StepFields | null {
  const block = readYamlMap(text, fence + 1);
  for (const { line, message } of block.problems) report(line, message);
  if (block.value === null) return null;
  const fields = readFields(block.value, block.lines, fence, report);
  fields.closed(KEYS);
  const id = fields.name('id');
  const uses = fields.text('uses');
  const args = fields.has('with') ? fields.map('with') : {};
  const timeout = fields.has('timeout') ? fields.text('timeout') : null;
  const exit = fields.has('exit') ? fields.number('exit') : null;
  const forEach = fields.has('for-each') ? fields.text('for-each') : null;
  if (forEach !== null && wholeTemplate(forEach) === null) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a runbook's template, shown as it is typed
    fields.refuse('for-each', '"for-each" must be one template, such as ${{ module.streams }}');
  }
  if (fields.refused() || id === null || uses === null || args === null) return null;
  return { id, uses, with: args, timeout, exit, forEach, lines: block.lines };
}
