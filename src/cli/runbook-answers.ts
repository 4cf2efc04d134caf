import { type Finding, OrionError } from '../problems/index.js';
import { countOfFindings, findingLines, GAP, line } from '../report/index.js';
import { CONTEXT_SHAPE, checkRunbook, type Runbook, RunbookError } from '../runbooks/index.js';
import { STEP_KINDS } from '../steps/index.js';
import type { Answer } from './answer.js';
import { nearest } from './nearest.js';

/** @throws {OrionError} `runbook.unknown`, with the nearest id */
export function knownRunbook(runbooks: ReadonlyMap<string, Runbook>, id: string): Runbook {
  const runbook = runbooks.get(id);
  if (runbook !== undefined) return runbook;
  const meant = nearest(id, runbooks.keys());
  const known = [...runbooks.keys()].join(', ');
  throw new OrionError({
    kind: 'usage',
    code: 'runbook.unknown',
    message: `There is no runbook ${JSON.stringify(id)}.`,
    hint: meant === null ? `There are: ${known}.` : `Did you mean ${meant}?`,
    next: ['orion-bus runbooks list'],
  });
}

/** What `runbooks check` finds, in files that cannot be read as runbooks too; a mistake gives code 4. */
export async function runbookFindings(
  load: () => Promise<ReadonlyMap<string, Runbook>>,
  id: string | undefined,
): Promise<Answer> {
  const findings = await findingsOf(load, id);
  const ok = findings.every(({ status }) => status !== 'fail');
  const exitCode = ok ? 0 : 4;
  const verdict = ok ? 'Every runbook can be carried out' : 'There are mistakes';
  return {
    document: { ok, exitCode, checks: findings },
    page: [
      ...findingLines(findings),
      GAP,
      line(`${verdict}: ${countOfFindings(findings)}.`, { tone: ok ? 'good' : 'bad' }),
    ],
    exitCode,
  };
}

async function findingsOf(
  load: () => Promise<ReadonlyMap<string, Runbook>>,
  id: string | undefined,
): Promise<readonly Finding[]> {
  let runbooks: ReadonlyMap<string, Runbook>;
  try {
    runbooks = await load();
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return error.problems.map(({ file, line: at, message }) => ({
      id: 'runbook.invalid',
      status: 'fail',
      message: `${file}:${at}: ${message}`,
      value: { file, line: at },
    }));
  }
  const chosen = id === undefined ? [...runbooks.values()] : [knownRunbook(runbooks, id)];
  return chosen.flatMap((each) => checkRunbook(each, STEP_KINDS, CONTEXT_SHAPE, runbooks.keys()));
}
