import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtPackage } from '../support/built.js';
import { documentFault } from '../support/document-fault.js';

let temporary = '';
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'orion-rehearse-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

it('rehearses the whole migration and both its ways back, and loses and doubles nothing', async () => {
  const program = join(await builtPackage(), 'bin/run.js');
  const { exitCode, stdout } = await execa(process.execPath, [program, 'rehearse', '--json'], {
    extendEnv: false,
    env: { PATH: process.env['PATH'] ?? '', HOME: temporary, TMPDIR: temporary },
    reject: false,
  });
  expect(documentFault(['rehearse', '--json'], { code: exitCode ?? null, stdout })).toBe(null);
  const document = JSON.parse(stdout) as { moves: { command: string }[] };
  const clean = { lost: 0, twice: 0, owed: 0 };
  expect(document).toMatchObject({
    ...{ ok: true, exitCode: 0 },
    modules: Array.from({ length: 5 }, () => clean),
  });
  expect(exitCode).toBe(0);
  expect(document.moves.map(({ command }) => command)).toEqual(
    expect.arrayContaining(['phase1 start', 'phase3 cutover', 'phase3 finalize']),
  );
  expect(document.moves.at(-1)?.command).toBe('rollback --phase 3');
}, 600_000);
