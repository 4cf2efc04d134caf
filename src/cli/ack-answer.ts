import { OrionError } from '../problems/index.js';
import { type EntryId, entryId, isEntryId, streamKey } from '../redis/index.js';
import { claimPlanPage, formatCountOf, line, type Page } from '../report/index.js';
import { type AckPage, type AckTally, carryOutAck, mayChange } from '../runbooks/index.js';
import { type GroupPlace, pendingAt } from '../steps/index.js';
import type { Answer } from './answer.js';
import type { Changer } from './changer-command.js';
import { claimableGroups, countedRows } from './claim-answers.js';
import { interrupted } from './interruption.js';
import { readPlan } from './plan-file.js';

export interface AckRequest {
  /** A module or a group, as typed. */
  readonly name: string;
  readonly ids: readonly string[];
  readonly stream: string | undefined;
  readonly reason: string;
  /** Acknowledge what this plan says, instead of ids. */
  readonly planIn: string | null;
}

/** Acknowledges entries by hand, and says which were not pending. */
export async function ackAnswer(changer: Changer, request: AckRequest): Promise<Answer> {
  const { host, typed } = changer;
  const ids = checkedIds(request);
  await mayChange(host);
  const groups = await claimableGroups(changer, request);
  const places = groups.map(({ stream, group }) => ({ stream: streamKey(stream), group }));
  const found = request.planIn === null ? await lookedUp(changer, places, ids, request) : null;
  const pages = (): AsyncIterable<AckPage> | Iterable<AckPage> =>
    found?.pages ?? readPlan(request.planIn ?? '', places);
  const rows = await countedRows(counting(pages()));
  const total = rows.reduce((sum, { entries }) => sum + entries, 0);
  const notPending = found?.notPending ?? [];
  const missing = notPendingLines(notPending);
  if (total === 0) {
    return {
      document: { ok: true, exitCode: 0, ...NOTHING_DONE, notPending },
      page: [line('There is nothing to acknowledge; nothing was changed.'), ...missing],
      next: [`orion-bus pending ${request.name}`],
    };
  }
  const title = `Acknowledge ${formatCountOf(total, 'entry', 'entries')}`;
  const asked = await changer.confirmed({
    plan: { verb: 'ack', name: request.name, reason: request.reason, groups: rows, notPending },
    more: { gates: [], wouldExit: 0 },
    page: [
      ...claimPlanPage(title, rows, ['nobody handles them any more; it cannot be taken back']),
      ...missing,
    ],
    question: `${title}?`,
    command: typed,
  });
  if (asked !== null) return asked;
  const interruption = changer.begins();
  const progress = changer.progress('acknowledging', total);
  const { name, reason, planIn: planFile } = request;
  const { tally, complete } = await carryOutAck(
    host,
    { name, reason, places, planFile },
    inTurn(pages()),
    {
      interrupted: () => interruption.requested() !== 'none',
      onProgress: (done) => progress.update(done),
    },
  ).finally(() => progress.end());
  const problem = complete ? null : interrupted('a signal', [typed]);
  return {
    document: { ok: complete, exitCode: complete ? 0 : 130, complete, ...tally, notPending },
    page: [...tallyLines(tally), ...missing],
    next: problem?.next ?? [`orion-bus pending ${name}`],
    ...(problem === null ? {} : { problem }),
  };
}

const NOTHING_DONE = { complete: true, acknowledged: 0, settled: 0, moved: 0 };

/** @throws {OrionError} kind `usage` */
function checkedIds({ ids, planIn }: AckRequest): readonly EntryId[] {
  const wrong = (message: string): OrionError =>
    new OrionError({
      kind: 'usage',
      code: 'usage.ack',
      message,
      hint: 'Nothing was changed. An id is as pending shows it, such as 1700000000000-0.',
      next: ['orion-bus pending', 'orion-bus ack --help'],
    });
  if (planIn === null && ids.length === 0) throw wrong('Which entries? No id was named.');
  if (planIn !== null && ids.length > 0)
    throw wrong('A plan names the entries; ids do not go with it.');
  return [...new Set(ids)].map((id) => {
    if (!isEntryId(id)) throw wrong(`${JSON.stringify(id)} is no entry id.`);
    return entryId(id);
  });
}

interface LookedUp {
  readonly pages: readonly AckPage[];
  readonly notPending: readonly EntryId[];
}

/** @throws {OrionError} `ack.ambiguous` where an id is pending in more than one of the groups */
async function lookedUp(
  { host }: Changer,
  places: readonly GroupPlace[],
  ids: readonly EntryId[],
  { name }: AckRequest,
): Promise<LookedUp> {
  const chosen = new Map<GroupPlace, AckPage['chosen'][number][]>();
  const notPending: EntryId[] = [];
  for (const id of ids) {
    const at: GroupPlace[] = [];
    for (const place of places) {
      const entry = await pendingAt(host.redis, place, id);
      if (entry === null) continue;
      at.push(place);
      chosen.set(place, [...(chosen.get(place) ?? []), entry]);
    }
    if (at.length > 1) throw ambiguous(id, at, name);
    if (at.length === 0) notPending.push(id);
  }
  return { pages: [...chosen].map(([place, entries]) => ({ place, chosen: entries })), notPending };
}

function ambiguous(id: string, at: readonly GroupPlace[], name: string): OrionError {
  const where = at.map(({ stream, group }) => `${group} on ${stream}`).join(' and ');
  return new OrionError({
    kind: 'usage',
    code: 'ack.ambiguous',
    message: `${id} is pending in ${where}.`,
    hint: 'Nothing was changed. Say which is meant, by --stream or by the name of the group.',
    next: [`orion-bus pending ${name}`],
  });
}

function tallyLines({ acknowledged, settled, moved }: AckTally): Page {
  return [
    line(`${formatCountOf(acknowledged, 'entry', 'entries')} acknowledged`),
    ...(settled > 0 ? [line(`${settled} not pending any more`, { tone: 'warn' as const })] : []),
    ...(moved > 0
      ? [line(`${moved} held by another consumer now, and left alone`, { tone: 'warn' as const })]
      : []),
  ];
}

function notPendingLines(ids: readonly string[]): Page {
  return ids.length === 0 ? [] : [line(`Not pending: ${ids.join(', ')}`, { tone: 'warn' })];
}

async function* counting(pages: AsyncIterable<AckPage> | Iterable<AckPage>) {
  for await (const page of pages) yield { ...page, notIdle: 0, held: 0 };
}

async function* inTurn<Each>(pages: AsyncIterable<Each> | Iterable<Each>): AsyncGenerator<Each> {
  yield* pages;
}
