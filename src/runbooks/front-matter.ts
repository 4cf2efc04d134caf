import type { JsonObject } from '../problems/index.js';
import { readFields } from './fields.js';
import type { Phase } from './runbook.js';
import type { Report } from './runbook-error.js';
import { readYamlMap } from './yaml-map.js';

export interface Header {
  readonly id: string;
  readonly title: string;
  readonly phase: Phase;
  readonly onFailure: string | null;
}

/** Reads the `---` block at the top; the body keeps its lines, so that Markdown positions are the file's. */
export function readFrontMatter(
  source: string,
  report: Report,
): { readonly header: Header | null; readonly body: string } {
  const lines = source.split('\n');
  const end =
    lines[0]?.trimEnd() === '---'
      ? lines.findIndex((line, n) => n > 0 && line.trimEnd() === '---')
      : -1;
  if (end < 0) {
    report(
      1,
      'has no front matter: a YAML block between two lines `---` at the very top with id, title, phase',
    );
    return { header: null, body: source };
  }
  const block = readYamlMap(lines.slice(1, end).join('\n'), 2);
  for (const { line, message } of block.problems) report(line, message);
  const body = lines.map((line, index) => (index <= end ? '' : line)).join('\n');
  return { header: block.value && headerOf(block.value, block.lines, report), body };
}

function headerOf(
  value: JsonObject,
  lines: ReadonlyMap<string, number>,
  report: Report,
): Header | null {
  const fields = readFields(value, lines, 1, report);
  fields.closed(['id', 'title', 'phase', 'on-failure']);
  const id = fields.name('id');
  const title = fields.text('title');
  const phase = fields.number('phase');
  const onFailure = fields.has('on-failure') ? fields.name('on-failure') : null;
  if (phase !== null && !isPhase(phase)) fields.refuse('phase', '"phase" must be 1, 2 or 3');
  if (fields.refused() || id === null || title === null || phase === null || !isPhase(phase))
    return null;
  return { id, title, phase, onFailure };
}

const isPhase = (value: number): value is Phase => value === 1 || value === 2 || value === 3;
