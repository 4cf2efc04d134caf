import { OrionError } from '../problems/index.js';
import { type EntryId, entryId, isEntryId, probeCapabilities } from '../redis/index.js';
import {
  GAP,
  line,
  pendingDetails,
  pendingFooting,
  pendingHeading,
  pendingTable,
} from '../report/index.js';
import {
  type GroupAt,
  lookAtGroups,
  lookAtPending,
  type PendingRow,
  type PendingSelection,
} from '../steps/index.js';
import type { Answer } from './answer.js';
import { chosenGroups, groupsOnStream } from './group-choice.js';
import { type Interruption, interrupted } from './interruption.js';
import type { PagedOutput } from './paged-output.js';
import type { Progress } from './progress.js';
import type { Session } from './session.js';

export interface PendingRequest extends PendingSelection {
  /** A module or a group, as typed; all where nothing was. */
  readonly name: string | undefined;
  readonly stream: string | undefined;
  /** How many are shown at most, of all groups together; those beyond are only counted. */
  readonly limit: number;
  /** Show each message whole. */
  readonly detail: boolean;
}

/** Where the answer goes while it is being found. */
export interface PendingStage {
  readonly output: PagedOutput;
  readonly begins: () => Interruption;
  readonly progress: (title: string, total: number) => Progress;
}

/** @throws {OrionError} `usage.id` for what is no entry id */
export function afterId(typed: string | undefined): EntryId | null {
  if (typed === undefined) return null;
  if (isEntryId(typed)) return entryId(typed);
  throw new OrionError({
    kind: 'usage',
    code: 'usage.id',
    message: `${JSON.stringify(typed)} is no entry id.`,
    hint: 'An id is as pending shows it, such as 1700000000000-0.',
  });
}

/** What was delivered and not acknowledged, printed as it is found. */
export async function pendingAnswer(
  session: Session,
  request: PendingRequest,
  { output, begins, progress }: PendingStage,
): Promise<Answer> {
  const { config: plan } = session;
  const redis = await session.redis();
  const capabilities = await probeCapabilities(redis, plan.streams.prefix);
  const { groups } = await lookAtGroups({ plan, redis, capabilities });
  const named = chosenGroups(groups, plan, request.name).filter(({ found }) => found !== null);
  const places = groupsOnStream(named, request.stream).map(
    ({ stream, group, found }): GroupAt => ({ stream, group, pending: found?.pending ?? 0 }),
  );
  const interruption = begins();
  const all = places.reduce((sum, { pending }) => sum + pending, 0);
  const shown = progress('looking', all);
  const listing = new Listing(output, request.detail);
  const context = { redis, stateDir: plan.stateDir };
  output.json?.open('[', 'groups');
  let looked = 0;
  try {
    for (const at of places) {
      listing.begin(at);
      const parts = lookAtPending(context, at, request, request.limit - listing.shown);
      for await (const part of parts) {
        looked += part.looked;
        shown.update(looked);
        if (!(await listing.add(part.rows, part.matching))) return output.end({});
        if (interruption.requested() !== 'none') throw interrupted('a signal');
      }
      await listing.finish();
    }
    output.json?.close();
    output.json?.member('total', listing.total);
    if (listing.total === 0) await output.print([line('No pending entry was found.')]);
    const isAll = listing.shown === listing.total;
    return await output.end({ next: isAll ? [] : wayOn(request, listing) });
  } catch (error) {
    if (!(error instanceof OrionError)) throw error;
    const next = [...wayOn(request, listing), ...error.next];
    const broken = error.kind === 'interrupted' ? interrupted('a signal', next) : error;
    return output.end({ problem: broken, next });
  } finally {
    shown.end();
  }
}

/** The command that goes on behind what was shown last. */
function wayOn(
  { minIdleMs, consumer, ghost, limit }: PendingRequest,
  { last }: Listing,
): readonly string[] {
  if (last === null) return [];
  const flags = [
    ...(minIdleMs === null ? [] : [`--min-idle ${minIdleMs}ms`]),
    ...(consumer === null ? [] : [`--consumer ${consumer}`]),
    ...(ghost ? ['--ghost'] : []),
    `--after ${last.id} --limit ${limit}`,
  ];
  return [`orion-bus pending group:${last.group} --stream ${last.stream} ${flags.join(' ')}`];
}

/** What has been printed of the groups so far. */
class Listing {
  /** Of all groups: how many pass the filters, and how many of them were shown. */
  total = 0;
  shown = 0;
  last: { readonly id: string; readonly stream: string; readonly group: string } | null = null;
  readonly #output: PagedOutput;
  readonly #detail: boolean;
  #at: GroupAt = { stream: '', group: '', pending: 0 };
  #matching = 0;
  #shownHere = 0;
  #headings = 0;
  #headed = false;

  constructor(output: PagedOutput, detail: boolean) {
    this.#output = output;
    this.#detail = detail;
  }

  begin(at: GroupAt): void {
    [this.#at, this.#matching, this.#shownHere, this.#headed] = [at, 0, 0, false];
    const { json } = this.#output;
    json?.open('{');
    for (const [key, value] of Object.entries(at)) json?.member(key, value);
    json?.open('[', 'entries');
  }

  /** @returns false where nobody reads any more */
  async add(rows: readonly PendingRow[], matching: number): Promise<boolean> {
    this.#matching += matching;
    this.total += matching;
    const last = rows.at(-1);
    if (last === undefined) return true;
    this.#shownHere += rows.length;
    this.shown += rows.length;
    this.last = { id: last.id, stream: this.#at.stream, group: this.#at.group };
    for (const row of rows) this.#output.json?.item(row);
    const body = this.#detail ? pendingDetails(rows) : [pendingTable(rows)];
    return this.#output.print([...this.#heading(), ...body]);
  }

  async finish(): Promise<void> {
    const { json } = this.#output;
    json?.close();
    json?.member('matching', this.#matching);
    json?.close();
    if (this.#matching === 0) return;
    const footing = pendingFooting(this.#at.pending, this.#matching, this.#shownHere);
    await this.#output.print([...this.#heading(), ...footing]);
  }

  /** Once for each group that has something. */
  #heading() {
    if (this.#headed) return [];
    this.#headed = true;
    this.#headings += 1;
    const { stream, group, pending } = this.#at;
    return [...(this.#headings === 1 ? [] : [GAP]), pendingHeading(stream, group, pending)];
  }
}
