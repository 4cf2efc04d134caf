import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { redisTimeMs } from '../facts/index.js';
import { messageOf, OrionError } from '../problems/index.js';
import { changingPhaseKind } from './define-step.js';
import type { PhaseContext } from './step-context.js';

/** The success metrics with what they came to, kept beside what was archived; done again it is written anew. */
export const archiveReport = changingPhaseKind({
  name: 'archive-report',
  summary: 'Writes the report of the whole migration, with the success table filled in.',
  plan: async ({ plan }) => FILES.map(({ name }) => `write ${pathOf(plan.stateDir, name)}`),
  capture: async ({ plan }) => ({ files: FILES.map(({ name }) => pathOf(plan.stateDir, name)) }),
  satisfied: async () => 'no',
  async apply(context) {
    const texts = await context.phase.report(await redisTimeMs(context.redis));
    const files = FILES.map(({ name, format }) => ({
      path: pathOf(context.plan.stateDir, name),
      text: texts[format],
    }));
    for (const { path, text } of files) await writePrivately(context, path, text);
    return {
      files: files.map(({ path, text }) => ({ path, bytes: Buffer.byteLength(text) })),
    };
  },
});

const FILES = [
  { name: 'migration-report.md', format: 'markdown' },
  { name: 'migration-report.json', format: 'json' },
] as const;

const pathOf = (stateDir: string, name: string): string => join(stateDir, 'archive', name);

/** Whole or not at all, mode 0600, and on the disk before the step is done. */
async function writePrivately({ run }: PhaseContext, path: string, text: string): Promise<void> {
  const temporary = `${path}.${run.id}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new OrionError({
      kind: 'prerequisite',
      code: 'report.unwritable',
      message: `The report ${path} could not be written: ${messageOf(error)}`,
      hint: 'What was archived stays archived; the same command goes on with the report.',
      next: ['orion-bus phase3 finalize'],
      cause: error,
    });
  }
}
