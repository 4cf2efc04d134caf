import type { MigrationHistory } from '../checks/index.js';
import { Journal, readShared } from '../journal/index.js';
import type { ExitCode } from '../problems/index.js';
import { validatePage } from '../report/index.js';
import { historyOf } from '../runbooks/index.js';
import { validate } from '../steps/index.js';
import type { Answer } from './answer.js';
import type { Session } from './session.js';

/** The daily check; its exit code is that of the first group that fails. */
export async function validateAnswer(session: Session): Promise<Answer> {
  const verdict = await validate({
    plan: session.config,
    services: session.services(),
    contracts: () => session.contracts(),
    clock: session.surroundings.clock,
    history: await historyIfReadable(session),
    open: () => session.redis(),
  });
  return {
    document: verdict,
    page: validatePage(verdict),
    exitCode: verdict.exitCode,
    next: NEXT[verdict.exitCode] ?? [],
  };
}

const NEXT: Partial<Record<ExitCode, readonly string[]>> = {
  1: ['orion-bus status'],
  2: ['orion-bus status'],
  3: ['orion-bus lag'],
  4: ['orion-bus contracts check'],
};

/** Null where Redis cannot be asked: that is a finding of the check itself, not an error before it. */
async function historyIfReadable(session: Session): Promise<MigrationHistory | null> {
  const { stateDir, streams } = session.config;
  try {
    const shared = await readShared(await session.redis(), streams.prefix);
    // A journal that cannot be read hides no halt: that one is in Redis.
    const records = await Journal.read(stateDir).then(
      (journal) => journal.records,
      () => [],
    );
    return historyOf(records, shared);
  } catch {
    return null;
  }
}
