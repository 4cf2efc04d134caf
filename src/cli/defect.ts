import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { messageOf, OrionError } from '../problems/index.js';
import { printableLines } from '../report/index.js';

export interface DefectSite {
  /** The command's words, without what it was given: that may hold secrets. */
  readonly command: string;
  readonly version: string;
  readonly folder: string;
  readonly at: Date;
}

/**
 * Whatever was thrown and is no `OrionError` is a mistake of ours. The stack goes into a private
 * file, since it helps nobody at a terminal; the terminal gets one sentence and the file's path.
 */
export async function defectOf(thrown: unknown, site: DefectSite): Promise<OrionError> {
  const report = await writeReport(thrown, site);
  return new OrionError({
    kind: 'defect',
    code: 'defect',
    message: `A defect in orion-bus: ${shortened(messageOf(thrown))}`,
    hint:
      report === null
        ? 'Redis and the journal are as the last finished step left them.'
        : `Redis and the journal are as the last finished step left them. A report for the makers of orion-bus is in ${report}`,
    next: ['orion-bus status'],
    cause: thrown,
  });
}

/** A client's error may quote a whole command with its payload, which is nothing for a terminal. */
function shortened(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}

const LONGEST_MESSAGE = 160;

async function writeReport(thrown: unknown, site: DefectSite): Promise<string | null> {
  const stamp = site.at.toISOString().replaceAll(/[:.]/g, '-');
  const path = join(site.folder, `orion-bus-defect-${stamp}-${process.pid}.txt`);
  const text = [
    `orion-bus ${site.version}, Node ${process.version}, ${process.platform} ${process.arch}`,
    `command: ${site.command}`,
    `at: ${site.at.toISOString()}`,
    '',
    ...stacks(thrown),
    '',
  ].join('\n');
  try {
    // `wx` refuses a file or link that somebody put there in a folder that everybody may write to.
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(printableLines(text));
    } finally {
      await file.close();
    }
    return path;
  } catch {
    return null;
  }
}

/** The stack of each error in the chain of causes; no other member, since clients hang payloads on them. */
function stacks(thrown: unknown): readonly string[] {
  const found: string[] = [];
  let current = thrown;
  while (current instanceof Error && found.length < DEEPEST) {
    found.push(`${found.length === 0 ? '' : 'caused by: '}${current.stack ?? current.message}`);
    current = current.cause;
  }
  return found.length === 0 ? [inspect(thrown)] : found;
}

const DEEPEST = 10;
