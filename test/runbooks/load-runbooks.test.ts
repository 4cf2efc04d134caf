import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRunbooks, RunbookError } from '../../src/runbooks/index.js';
import { problemOf } from '../support/problem-of.js';

let shipped: string;
let extra: string;
beforeEach(async () => {
  shipped = await mkdtemp(join(tmpdir(), 'orion-runbooks-'));
  extra = await mkdtemp(join(tmpdir(), 'orion-runbooks-'));
});
afterEach(async () => {
  for (const folder of [shipped, extra]) await rm(folder, { recursive: true, force: true });
});

const text = (id: string, uses = 'x'): string =>
  `---\nid: ${id}\ntitle: T\nphase: 1\n---\n## A\n\`\`\`yaml step\nid: a\nuses: ${uses}\n\`\`\`\n`;

describe('loading runbooks', () => {
  it('takes every Markdown file but the README, in the order of the ids', async () => {
    await writeFile(join(shipped, 'b.md'), text('zeta'));
    await writeFile(join(shipped, 'c.md'), text('alpha'));
    await writeFile(join(shipped, 'README.md'), '# Runbooks');
    await writeFile(join(shipped, 'notes.txt'), 'nothing');
    const runbooks = await loadRunbooks({ shipped });
    expect([...runbooks.keys()]).toEqual(['alpha', 'zeta']);
    expect(runbooks.get('zeta')?.file).toBe(join(shipped, 'b.md'));
  });

  it('lets the operator add and override by id', async () => {
    await writeFile(join(shipped, 'a.md'), text('alpha'));
    await writeFile(join(extra, 'mine.md'), text('alpha', 'y'));
    await writeFile(join(extra, 'more.md'), text('beta'));
    const runbooks = await loadRunbooks({ shipped, extra });
    expect([...runbooks.keys()]).toEqual(['alpha', 'beta']);
    expect(runbooks.get('alpha')?.steps[0]?.uses).toBe('y');
  });

  it('tells what is wrong in all files at once', async () => {
    await writeFile(join(shipped, 'a.md'), text('alpha').replace('uses', 'use'));
    await writeFile(join(shipped, 'b.md'), text('beta'));
    await writeFile(join(shipped, 'c.md'), text('beta'));
    await writeFile(join(extra, 'd.md'), 'nothing');
    const error = await problemOf(loadRunbooks({ shipped, extra }));
    expect(error).toBeInstanceOf(RunbookError);
    expect((error as RunbookError).problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      `${join(shipped, 'a.md')}:7`,
      `${join(shipped, 'a.md')}:9`,
      `${join(shipped, 'c.md')}:1`,
      `${join(extra, 'd.md')}:1`,
    ]);
  });

  it('names a folder that cannot be read', async () => {
    const error = await problemOf(loadRunbooks({ shipped, extra: join(extra, 'none') }));
    expect(error).toMatchObject({ code: 'runbook.unreadable', exitCode: 64 });
    expect(error.message).toContain(join(extra, 'none'));
  });
});
