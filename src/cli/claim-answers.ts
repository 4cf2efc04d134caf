import { PARKED_CONSUMER } from '../handoff/index.js';
import { type JsonObject, OrionError } from '../problems/index.js';
import { probeCapabilities, streamKey } from '../redis/index.js';
import {
  type ClaimPlanRow,
  claimPage,
  claimPlanPage,
  formatCountOf,
  line,
  type Page,
} from '../report/index.js';
import {
  type ClaimJob,
  type ClaimResult,
  type ClaimTo,
  carryOutClaim,
  mayChange,
} from '../runbooks/index.js';
import {
  emptyTally,
  type LookedAtGroup,
  lookAtGroups,
  type SweepPage,
  sweepPending,
} from '../steps/index.js';
import type { Answer } from './answer.js';
import type { Changer } from './changer-command.js';
import { chosenGroups, groupsOnStream } from './group-choice.js';
import { interrupted } from './interruption.js';
import { readPlan, writePlan } from './plan-file.js';

export interface ClaimRequest {
  /** A module or a group, as typed. */
  readonly name: string;
  readonly to: Exclude<ClaimTo, { kind: 'group' }>;
  readonly stream: string | undefined;
  /** Only what this consumer holds; null for all. */
  readonly consumer: string | null;
  readonly minIdleMs: number;
  /** How many at most; null for all. */
  readonly limit: number | null;
  /** Write the plan there and stop. */
  readonly planOut: string | null;
  /** Carry out this plan, instead of looking for entries. */
  readonly planIn: string | null;
}

/** Gives stuck entries to a consumer, or to a program. */
export async function claimAnswer(changer: Changer, request: ClaimRequest): Promise<Answer> {
  const { host, typed } = changer;
  await mayChange(host);
  const groups = await claimableGroups(changer, request);
  const { config } = changer.session;
  refuseParked(groups, config, request);
  const places = groups.map(({ stream, group }) => ({ stream: streamKey(stream), group }));
  const pages = (): AsyncIterable<SweepPage> =>
    request.planIn !== null
      ? readPlan(request.planIn, places)
      : sweepPending(host.redis, places, {
          minIdleMs: request.minIdleMs,
          consumer: request.consumer,
          exceptHolder: request.to.kind === 'consumer' ? request.to.consumer : null,
          limit: request.limit ?? Number.POSITIVE_INFINITY,
        });
  const pending = groups.reduce((sum, { found }) => sum + (found?.pending ?? 0), 0);
  const looking = changer.progress('looking', pending);
  if (request.planOut !== null) {
    const count = await writePlan(request.planOut, watched(pages(), looking));
    looking.end();
    return planWritten(request.planOut, count, changer);
  }
  const rows = await countedRows(watched(pages(), looking));
  looking.end();
  const total = rows.reduce((sum, { entries }) => sum + entries, 0);
  const title = `Claim ${formatCountOf(total, 'entry', 'entries')} ${destination(request.to)}`;
  const page = claimPlanPage(title, rows, notesOn(groups, config, request));
  if (total === 0) return nothingToClaim(rows, page);
  const asked = await changer.confirmed({
    plan: { verb: 'claim', ...chosenBy(request), entries: total, groups: rows },
    more: { gates: [], wouldExit: 0 },
    page,
    question: `${title}?`,
    command: typed,
  });
  if (asked !== null) return asked;
  const result = await watchedClaim(changer, total, (watch) =>
    carryOutClaim(
      host,
      {
        ...watch,
        to: request.to,
        minIdleMs: request.minIdleMs,
        places,
        chosenBy: chosenBy(request),
      },
      pages(),
    ),
  );
  return claimResultAnswer(result, changer, { dead: false, planned: request.planIn !== null });
}

/** From here on a signal ends the claim after the entry under way, and progress is shown. */
export async function watchedClaim(
  { begins, progress }: Changer,
  total: number,
  claim: (watch: Pick<ClaimJob, 'interrupted' | 'onProgress'>) => Promise<ClaimResult>,
): Promise<ClaimResult> {
  const interruption = begins();
  const shown = progress('claiming', total);
  try {
    return await claim({
      interrupted: () => interruption.requested() !== 'none',
      onProgress: (done) => shown.update(done),
    });
  } finally {
    shown.end();
  }
}

/** What came of a claim; what the program could not handle is not a success. */
export function claimResultAnswer(
  { tally, complete }: ClaimResult,
  { typed }: Changer,
  kind: { readonly dead: boolean; readonly planned: boolean },
): Answer {
  const problem = !complete
    ? interrupted('a signal', [typed])
    : tally.failed > 0
      ? notHandled(tally.failed, typed)
      : null;
  const { lostRace, ...counts } = tally;
  const race = kind.planned ? { lostRace: 0, stale: lostRace } : { lostRace, stale: 0 };
  return {
    document: {
      ok: problem === null,
      exitCode: problem?.exitCode ?? 0,
      complete,
      ...counts,
      ...race,
    },
    page: claimPage(tally, kind),
    next: problem === null ? ['orion-bus pending'] : problem.next,
    ...(problem === null ? {} : { problem }),
  };
}

/**
 * The groups of that name that exist.
 * @throws {OrionError} `group.unknown`, `stream.unknown`; `groups.missing` where none exists
 */
export async function claimableGroups(
  { session, host }: Changer,
  { name, stream }: Pick<ClaimRequest, 'name' | 'stream'>,
): Promise<readonly LookedAtGroup[]> {
  const { plan, redis } = host;
  const capabilities = await probeCapabilities(redis, plan.streams.prefix);
  const { groups } = await lookAtGroups({ plan, redis, capabilities });
  const named = chosenGroups(groups, session.config, name);
  const found = named.filter((each) => each.found !== null);
  if (found.length > 0) return groupsOnStream(found, stream);
  throw new OrionError({
    kind: 'groups',
    code: 'groups.missing',
    message: `No group of ${name} exists.`,
    hint: 'Nothing was changed.',
    next: ['orion-bus groups'],
  });
}

/** A parked message is for `--exec` or `ack`: where nobody reads pending entries, moving it settles nothing. */
function refuseParked(
  groups: readonly LookedAtGroup[],
  config: Sides,
  request: ClaimRequest,
): void {
  if (request.to.kind !== 'consumer') return;
  const parked = groups.filter(
    (each) =>
      each.parked > 0 &&
      !isResumed(each, config) &&
      (request.consumer === null || request.consumer === PARKED_CONSUMER),
  );
  const [first] = parked;
  if (first === undefined) return;
  const count = parked.reduce((sum, each) => sum + each.parked, 0);
  throw new OrionError({
    kind: 'prerequisite',
    code: 'claim.parked',
    message: `${formatCountOf(count, 'message is', 'messages are')} parked in ${first.group} on ${first.stream}, whose consumers read only new entries: moving them settles nothing.`,
    hint: 'Nothing was changed. Hand them to a program, or acknowledge them.',
    next: [
      `orion-bus claim ${request.name} --consumer ${PARKED_CONSUMER} --exec -- PROGRAM`,
      `orion-bus pending ${request.name}`,
    ],
  });
}

/** What will come of it, as far as the side of each group tells. */
function notesOn(
  groups: readonly LookedAtGroup[],
  config: Sides,
  { to }: ClaimRequest,
): readonly string[] {
  if (to.kind === 'command') {
    return [
      `each message is given to ${to.command.argv.join(' ')} on standard input and acknowledged when that exits with 0; otherwise it stays pending`,
    ];
  }
  const { consumer } = to;
  const unread = groups.filter((each) => each.owner !== null && !isResumed(each, config));
  const unknown = groups.filter(({ owner }) => owner === null);
  const waits = `what is moved stays pending until a program reads the pending entries of ${consumer}`;
  return [
    ...(groups.some(isConsumer(consumer))
      ? []
      : [`${consumer} is no consumer there yet; it is created`]),
    ...(unread.length === 0
      ? []
      : [`consumers of ${namesOf(unread)} read only new entries: ${waits}`]),
    ...(unknown.length === 0
      ? []
      : [
          `whether consumers of ${namesOf(unknown)} come back to pending entries is not known: ${waits}`,
        ]),
  ];
}

function isConsumer(name: string): (group: LookedAtGroup) => boolean {
  return ({ found }) => found?.consumers.some((each) => each.name === name) ?? false;
}

function namesOf(groups: readonly LookedAtGroup[]): string {
  return [...new Set(groups.map(({ group }) => group))].join(', ');
}

function destination(to: ClaimRequest['to']): string {
  return to.kind === 'consumer' ? `for ${to.consumer}` : `with ${to.command.argv.join(' ')}`;
}

async function* watched(
  pages: AsyncIterable<SweepPage>,
  progress: { update(done: number): void },
): AsyncGenerator<SweepPage> {
  let looked = 0;
  for await (const page of pages) {
    looked += page.looked;
    progress.update(looked);
    yield page;
  }
}

/** What the pages hold, a row a group. */
export async function countedRows(
  pages: AsyncIterable<Omit<SweepPage, 'looked'>>,
): Promise<readonly ClaimPlanRow[]> {
  const rows = new Map<string, { -readonly [Key in keyof ClaimPlanRow]: ClaimPlanRow[Key] }>();
  for await (const { place, chosen, notIdle, held } of pages) {
    const key = JSON.stringify(place);
    const row = rows.get(key) ?? { ...place, entries: 0, notIdle: 0, held: 0 };
    row.entries += chosen.length;
    row.notIdle += notIdle;
    row.held += held;
    rows.set(key, row);
  }
  return [...rows.values()];
}

/** How the entries were chosen, for the journal and for machines. */
function chosenBy({
  name,
  to,
  stream,
  consumer,
  minIdleMs,
  limit,
  planIn,
}: ClaimRequest): JsonObject {
  return {
    name,
    to: to.kind === 'consumer' ? to.consumer : null,
    exec: to.kind === 'command' ? [...to.command.argv] : null,
    stream: stream ?? null,
    consumer,
    minIdleMs,
    limit,
    planFile: planIn,
  };
}

function nothingToClaim(rows: readonly ClaimPlanRow[], page: Page): Answer {
  const sum = (key: 'notIdle' | 'held'): number => rows.reduce((all, row) => all + row[key], 0);
  const tally = { ...emptyTally(), notIdle: sum('notIdle'), held: sum('held') };
  return {
    document: { ok: true, exitCode: 0, complete: true, ...tally, stale: 0 },
    page: [...page.slice(0, -1), line('There is nothing to claim; nothing was changed.')],
    next: ['orion-bus pending'],
  };
}

function planWritten(path: string, entries: number, { typed }: Changer): Answer {
  return {
    document: { ok: true, exitCode: 0, planFile: path, entries },
    page: [
      line(
        `${formatCountOf(entries, 'entry', 'entries')} planned in ${path}; nothing was changed.`,
      ),
    ],
    next: [typed.replace('--plan-out', '--plan-in')],
  };
}

function notHandled(count: number, again: string): OrionError {
  return new OrionError({
    kind: 'roundtrip',
    code: 'claim.not-handled',
    message: `${formatCountOf(count, 'message was', 'messages were')} not handled by the program.`,
    hint: 'Nothing is lost: they are where they were.',
    next: [again, 'orion-bus pending'],
  });
}

type Sides = Pick<Changer['host']['plan'], 'source' | 'target'>;

/** Whether live consumers of the group come back to pending entries; an unknown group's may not. */
function isResumed({ owner }: LookedAtGroup, sides: Sides): boolean {
  return owner !== null && sides[owner.side].resumesPending;
}
