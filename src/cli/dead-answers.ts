import { OrionError } from '../problems/index.js';
import { probeCapabilities, streamKey } from '../redis/index.js';
import {
  type ClaimPlanRow,
  claimPlanPage,
  deadLettersFooting,
  deadLettersTable,
  formatCountOf,
  line,
} from '../report/index.js';
import { type ClaimTo, carryOutDeadClaim, mayChange } from '../runbooks/index.js';
import { type DeadLetter, deadLetters, deadRows, lookAtGroups } from '../steps/index.js';
import type { Answer } from './answer.js';
import type { Changer } from './changer-command.js';
import { claimableGroups, claimResultAnswer, watchedClaim } from './claim-answers.js';
import { chosenGroups, groupsOnStream } from './group-choice.js';
import type { PagedOutput } from './paged-output.js';
import type { Session } from './session.js';

export interface DeadRequest {
  readonly name: string | undefined;
  readonly stream: string | undefined;
  readonly limit: number;
}

/** What consumers could not handle, as it lies in the streams of dead letters; printed as it is found. */
export async function deadLettersAnswer(
  session: Session,
  request: DeadRequest,
  output: PagedOutput,
): Promise<Answer> {
  const { config: plan } = session;
  const redis = await session.redis();
  const capabilities = await probeCapabilities(redis, plan.streams.prefix);
  const { groups } = await lookAtGroups({ plan, redis, capabilities });
  const chosen = groupsOnStream(chosenGroups(groups, plan, request.name), request.stream);
  // A group that was removed may have left dead letters: without a name they are shown as well.
  const places = request.name === undefined ? everyGroupOn(chosen) : chosen;
  let [total, shown] = [0, 0];
  output.json?.open('[', 'letters');
  try {
    for await (const letters of lettersOf(redis, capabilities.clustered, places)) {
      total += letters.length;
      const rows = await deadRows(redis, letters.slice(0, request.limit - shown));
      shown += rows.length;
      for (const row of rows) output.json?.item(row);
      if (rows.length > 0 && !(await output.print([deadLettersTable(rows)]))) break;
    }
    output.json?.close();
    output.json?.member('total', total);
    await output.print(deadLettersFooting(total, shown));
    const next = total === 0 ? [] : [`orion-bus claim ${request.name ?? 'GROUP'} --dead`];
    return await output.end({ next });
  } catch (error) {
    if (!(error instanceof OrionError)) throw error;
    return output.end({ problem: error, next: error.next });
  }
}

export interface DeadClaimRequest {
  readonly name: string;
  readonly to: Exclude<ClaimTo, { kind: 'consumer' }>;
  readonly stream: string | undefined;
  readonly limit: number | null;
}

/** Puts dead letters back to the groups they came from, or hands them to a program. */
export async function deadClaimAnswer(
  changer: Changer,
  request: DeadClaimRequest,
): Promise<Answer> {
  const { host, typed } = changer;
  const { plan, redis } = host;
  await mayChange(host);
  const groups = await claimableGroups(changer, request);
  const places = groups.map(({ stream, group }) => ({ stream: streamKey(stream), group }));
  const { clustered } = await probeCapabilities(redis, plan.streams.prefix);
  const limit = request.limit ?? Number.POSITIVE_INFINITY;
  const letters = (): AsyncGenerator<readonly DeadLetter[]> =>
    atMost(lettersOf(redis, clustered, places), limit);
  const rows = await countedDead(letters());
  const total = rows.reduce((sum, { entries }) => sum + entries, 0);
  if (total === 0) {
    return {
      document: { ok: true, exitCode: 0, claimed: 0, acknowledged: 0, failed: 0 },
      page: [line('No dead letter was found; nothing was changed.')],
    };
  }
  const many = formatCountOf(total, 'dead letter', 'dead letters');
  const { to } = request;
  const title =
    to.kind === 'command' ? `Hand ${many} to ${to.command.argv.join(' ')}` : `Put back ${many}`;
  const note =
    to.kind === 'command'
      ? 'each is removed when the program exits with 0; otherwise it stays'
      : 'each is pending in its group again, and in no other, for a consumer that takes stale entries; what was trimmed from its stream stays a dead letter';
  const asked = await changer.confirmed({
    plan: { verb: 'claim', dead: true, name: request.name, entries: total, groups: rows },
    more: { gates: [], wouldExit: 0 },
    page: claimPlanPage(title, rows, [note]),
    question: `${title}?`,
    command: typed,
  });
  if (asked !== null) return asked;
  const chosenBy = {
    dead: true,
    name: request.name,
    exec: to.kind === 'command' ? [...to.command.argv] : null,
    stream: request.stream ?? null,
    limit: request.limit,
  };
  const result = await watchedClaim(changer, total, (watch) =>
    carryOutDeadClaim(host, { ...watch, to, minIdleMs: 0, places, chosenBy, clustered }, letters()),
  );
  return claimResultAnswer(result, changer, { dead: true, planned: false });
}

interface Place {
  readonly stream: string;
  readonly group: string | null;
}

async function* lettersOf(
  redis: Parameters<typeof deadLetters>[0]['redis'],
  clustered: boolean,
  places: readonly Place[],
): AsyncGenerator<readonly DeadLetter[]> {
  for (const { stream, group } of places) {
    yield* deadLetters({ redis, clustered }, streamKey(stream), group);
  }
}

function everyGroupOn(places: readonly { readonly stream: string }[]): readonly Place[] {
  return [...new Set(places.map(({ stream }) => stream))].map((stream) => ({
    stream,
    group: null,
  }));
}

async function* atMost(
  pages: AsyncIterable<readonly DeadLetter[]>,
  limit: number,
): AsyncGenerator<readonly DeadLetter[]> {
  let left = limit;
  for await (const page of pages) {
    yield page.slice(0, left);
    left -= Math.min(left, page.length);
    if (left === 0) return;
  }
}

async function countedDead(
  pages: AsyncIterable<readonly DeadLetter[]>,
): Promise<readonly ClaimPlanRow[]> {
  const counts = new Map<string, ClaimPlanRow>();
  for await (const letters of pages) {
    for (const { stream, group } of letters) {
      const key = JSON.stringify([stream, group]);
      const entries = (counts.get(key)?.entries ?? 0) + 1;
      counts.set(key, { stream, group, entries, notIdle: 0, held: 0 });
    }
  }
  return [...counts.values()];
}
