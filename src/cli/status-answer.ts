import { OrionError } from '../problems/index.js';
import { statusCheck, statusPage } from '../report/index.js';
import { type Host, lookAtStatus, statusWithoutRedis } from '../runbooks/index.js';
import type { Answer } from './answer.js';
import type { Session } from './session.js';

/** Where the migration stands; without Redis what journal and settings tell, and code 1. */
export async function statusAnswer(session: Session, open: () => Promise<Host>): Promise<Answer> {
  try {
    const status = await lookAtStatus(await open());
    return {
      document: status,
      page: statusPage(status),
      check: statusCheck(status),
      next: [status.next],
    };
  } catch (error) {
    if (!(error instanceof OrionError) || !error.code.startsWith('redis.')) throw error;
    const status = await statusWithoutRedis(session.config);
    return {
      document: status,
      page: statusPage(status),
      check: statusCheck(status),
      problem: error,
      next: [status.next],
    };
  }
}
