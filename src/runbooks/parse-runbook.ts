import type { Code, Heading, Root, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { fingerprintOf } from './fingerprint.js';
import { readFrontMatter } from './front-matter.js';
import { didYouMean } from './nearest-name.js';
import { lineOf, type Runbook, type RunbookStep } from './runbook.js';
import { type Report, RunbookError, type RunbookProblem } from './runbook-error.js';
import { readStepBlock } from './step-block.js';

/*
 * A runbook file: front matter, an introduction, then one `##` section a step.
 *
 *     ---
 *     id: phase2-migrate
 *     title: Move one module
 *     phase: 2
 *     on-failure: rollback-phase2
 *     ---
 *     ## Stop the module
 *     Why, in prose.
 *     ```yaml step            the step: id, uses, with, timeout, exit, for-each
 *     ```bash by-hand         what to type when the tool cannot run
 */

/**
 * Parses one runbook.
 * @param file how errors name it
 * @throws {RunbookError} with everything that is wrong, each with its line
 */
export function parseRunbook(text: string, file: string): Runbook {
  const problems: RunbookProblem[] = [];
  const report: Report = (line, message) => void problems.push({ file, line, message });
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const { header, body } = readFrontMatter(source, report);
  const { introduction, sections } = sectionsOf(fromMarkdown(body));
  refuseBlocksOutside(introduction, report);
  const steps = stepsOf(sections, body, report);
  if (steps.length === 0 && problems.length === 0)
    report(1, 'has no step: a `##` section with a ```yaml step block');
  refuseTwins(steps, report);
  if (header === null || problems.length > 0) throw new RunbookError(problems.sort(byLine));
  return { ...header, file, steps, fingerprint: fingerprintOf(steps) };
}

interface Section {
  readonly heading: Heading;
  readonly content: readonly RootContent[];
}

const byLine = (a: RunbookProblem, b: RunbookProblem): number => a.line - b.line;

/** Deeper headings belong to the section they stand in; what comes before the first `##` is introduction. */
function sectionsOf(root: Root): { introduction: readonly RootContent[]; sections: Section[] } {
  const introduction: RootContent[] = [];
  const sections: { heading: Heading; content: RootContent[] }[] = [];
  for (const node of root.children) {
    if (node.type === 'heading' && node.depth === 2) sections.push({ heading: node, content: [] });
    else (sections.at(-1)?.content ?? introduction).push(node);
  }
  return { introduction, sections };
}

function stepsOf(sections: readonly Section[], body: string, report: Report): RunbookStep[] {
  const steps: RunbookStep[] = [];
  let begun = false;
  for (const section of sections) {
    const block = onlyBlock(section, 'step', report);
    const byHand = onlyBlock(section, 'by-hand', report);
    if (block !== null) {
      begun = true;
      const step = readStep(section, block, byHand, body, report);
      if (step !== null) steps.push(step);
    } else if (begun || byHand !== null) {
      report(
        lineAt(section.heading),
        `section "${titleOf(section.heading, body)}" has no \`\`\`yaml step block; prose without a step stands before the first step`,
      );
    }
  }
  return steps;
}

function readStep(
  section: Section,
  block: Code,
  byHand: Code | null,
  body: string,
  report: Report,
): RunbookStep | null {
  const fields = readStepBlock(block.value, lineAt(block), report);
  if (fields === null) return null;
  const { lines, ...rest } = fields;
  const places = new Map(lines).set('heading', lineAt(section.heading));
  if (byHand !== null) places.set('by-hand', lineAt(byHand));
  return {
    ...rest,
    title: titleOf(section.heading, body),
    why: proseOf(section, body),
    byHand: byHand?.value ?? null,
    lines: places,
  };
}

type BlockKind = 'step' | 'by-hand';
const LANGUAGE: Readonly<Record<BlockKind, string>> = { step: 'yaml', 'by-hand': 'bash' };

/** The kind of a fenced block; a block of the same language without a further word is prose. */
function blockKind(node: RootContent): BlockKind | null {
  if (node.type !== 'code') return null;
  const info = [node.lang, node.meta?.trim()].join(' ');
  if (info === 'yaml step') return 'step';
  return info === 'bash by-hand' ? 'by-hand' : null;
}

function onlyBlock(section: Section, kind: BlockKind, report: Report): Code | null {
  const name = `${LANGUAGE[kind]} ${kind}`;
  const blocks = section.content.filter((node): node is Code => blockKind(node) === kind);
  for (const twin of blocks.slice(1)) {
    report(
      lineAt(twin),
      `a second \`\`\`${name} block in one section; give it a \`##\` heading of its own`,
    );
  }
  // Once a section, not once a kind.
  if (kind === 'step') for (const node of section.content) refuseMisspelt(node, report);
  return blocks[0] ?? null;
}

/** A misspelt `yaml step` would otherwise be prose, and the step silently not a step. */
function refuseMisspelt(node: RootContent, report: Report): void {
  if (node.type !== 'code' || blockKind(node) !== null || !node.meta) return;
  if (!['yaml', 'yml', 'bash', 'sh'].includes(node.lang ?? '')) return;
  const info = `${node.lang} ${node.meta.trim()}`;
  report(
    lineAt(node),
    `unknown block \`\`\`${info}${didYouMean(info, ['yaml step', 'bash by-hand'])}`,
  );
}

function refuseBlocksOutside(introduction: readonly RootContent[], report: Report): void {
  for (const node of introduction) {
    const kind = blockKind(node);
    if (kind !== null) {
      report(
        lineAt(node),
        `a \`\`\`${LANGUAGE[kind]} ${kind} block stands under no \`##\` heading`,
      );
    }
    refuseMisspelt(node, report);
  }
}

function refuseTwins(steps: readonly RunbookStep[], report: Report): void {
  const first = new Map<string, number>();
  for (const { id, lines } of steps) {
    const line = lineOf(lines, 'id');
    const before = first.get(id);
    if (before === undefined) first.set(id, line);
    else report(line, `step id "${id}" is taken already, on line ${before}`);
  }
}

/** The heading as it is written, so that templates and code in it stay what they are. */
function titleOf(heading: Heading, body: string): string {
  const [from, to] = [heading.children[0]?.position?.start, heading.children.at(-1)?.position?.end];
  return body.slice(from?.offset ?? 0, to?.offset ?? 0);
}

function proseOf(section: Section, body: string): string {
  return section.content
    .filter((node) => blockKind(node) === null)
    .map(({ position }) => body.slice(position?.start.offset ?? 0, position?.end.offset ?? 0))
    .join('\n\n');
}

const lineAt = (node: RootContent): number => node.position?.start.line ?? 1;
