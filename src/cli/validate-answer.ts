import type { MigrationHistory, ValidateVerdict } from '../checks/index.js';
import { appendSample, validationSample } from '../evidence/index.js';
import { redisTimeMs } from '../facts/index.js';
import { Journal, readShared } from '../journal/index.js';
import { type ExitCode, messageOf } from '../problems/index.js';
import { line, type Page, validateCheck, validatePage } from '../report/index.js';
import { historyOf } from '../runbooks/index.js';
import { validate } from '../steps/index.js';
import type { Answer } from './answer.js';
import type { Session } from './session.js';

/**
 * The daily check; its exit code is that of the first group that fails.
 * @param quiet nothing for people to read where nothing failed
 */
export async function validateAnswer(session: Session, quiet: boolean): Promise<Answer> {
  const verdict = await validate({
    plan: session.config,
    services: session.services(),
    contracts: () => session.contracts(),
    clock: session.surroundings.clock,
    history: await historyIfReadable(session),
    open: () => session.redis(),
  });
  const kept = await keepAsEvidence(session, verdict);
  return {
    document: verdict,
    page: quiet && verdict.ok ? [] : [...validatePage(verdict), ...kept],
    check: validateCheck(verdict),
    exitCode: verdict.exitCode,
    next: NEXT[verdict.exitCode] ?? [],
  };
}

/** The result becomes a sample among those of `watch`; a check that cannot be kept is still a check. */
async function keepAsEvidence(
  session: Session,
  { exitCode, checks }: ValidateVerdict,
): Promise<Page> {
  const { stateDir } = session.config;
  const failed = checks.filter(({ status }) => status === 'fail').map(({ id }) => id);
  try {
    const at = await session
      .redis()
      .then(async (redis) => ({ atMs: await redisTimeMs(redis), clock: 'redis' as const }))
      .catch(() => ({ atMs: session.surroundings.clock.now(), clock: 'host' as const }));
    await appendSample(stateDir, validationSample(at, { exitCode, failed }));
    return [];
  } catch (error) {
    const text = `This result could not be kept as evidence: ${messageOf(error)}.`;
    return [line(text, { tone: 'warn' })];
  }
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
