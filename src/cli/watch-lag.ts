import { messageOf, OrionError } from '../problems/index.js';
import { isServerError } from '../redis/index.js';
import { lagLine, printableJson } from '../report/index.js';
import type { Answer } from './answer.js';
import { interrupted } from './interruption.js';
import { type LagLimits, lagContext } from './lag-answer.js';
import { LagFeed } from './lag-feed.js';
import type { Session } from './session.js';

export interface WatchLagRequest {
  readonly name: string | undefined;
  readonly everyMs: number;
  readonly json: boolean;
  readonly limits: LagLimits;
}

/**
 * Prints a line a tick until it is interrupted: how all groups are together and which of them are
 * faulty, or the whole document of `lag --json` on one line. A lost Redis is a line too.
 */
export async function watchLag(session: Session, request: WatchLagRequest): Promise<Answer> {
  const { clock, stdout, stderr, interruption } = session.surroundings;
  const signal = interruption.takeSignal();
  const context = await lagContext(session, request.limits);
  const feed = new LagFeed({
    ...context,
    services: session.services(),
    contracts: () => session.contracts(),
    name: request.name,
  });
  while (!signal.aborted && !stdout.destroyed) {
    const began = clock.now();
    try {
      const { atMs, groups } = await feed.read();
      const at = new Date(atMs).toISOString();
      const document = { v: 1, at, groups: groups.map(({ figures }) => figures), next: [] };
      stdout.write(`${request.json ? printableJson(document, 0) : lagLine(at, groups)}\n`);
    } catch (error) {
      if (!isServerError(error) && !(error instanceof OrionError && isOutage(error))) throw error;
      // Results only on standard output: a document is said to be missing where people read.
      const text = `${new Date(clock.now()).toISOString()}  LOST  ${messageOf(error)}\n`;
      (request.json ? stderr : stdout).write(text);
    }
    const spent = clock.now() - began;
    await clock.sleep(Math.max(0, request.everyMs - spent), signal);
  }
  const problem = interrupted('a signal');
  return { document: {}, page: [], printed: true, ...(signal.aborted ? { problem } : {}) };
}

const isOutage = ({ code }: OrionError): boolean => code.startsWith('redis.');
