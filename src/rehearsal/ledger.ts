import { compareIds, type EntryId } from '../redis/index.js';
import type { Handled } from './ledger-file.js';

/*
 * The audit: every message published held against every message handled, module by module. Pure.
 *
 * A message handled more than once is `repeated` when it was in hand as a process ended and a later
 * process was given it again; a process has in hand at most the last `batch` messages it handled
 * from a stream. It is `repeated` too when it was handled while Redis was away, which its acknowledgement
 * could not reach; of those each stream may have a batch an outage, and they are announced with it. Everything else that was handled more than once came `twice`: again to the same
 * process, after having been acknowledged long before, or from the history. Of the repeated, no
 * more than the handoffs announced are allowed; the excess counts as twice.
 */

export interface AuditInput {
  readonly modules: readonly AuditedModule[];
  /** By stream, every entry that was ever published there. */
  readonly published: ReadonlyMap<string, ReadonlySet<EntryId>>;
  /** In the order of the ledger files. */
  readonly handled: readonly Handled[];
  /** Entries a consumer takes with one read. */
  readonly batch: number;
  /** When Redis was away. */
  readonly outages: readonly Outage[];
}

/** From before Redis was told to stop until it answered again, in ms by the clock of the ledger. */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

interface AuditedModule {
  readonly module: string;
  readonly streams: readonly AuditedStream[];
  /** How many messages the handoffs said would be handled twice. */
  readonly announced: number;
}

interface AuditedStream {
  readonly stream: string;
  /** Entries up to here were handled before the ledger began: none of them may come again. */
  readonly base: EntryId;
  /** What the module's group still owes: not handled, but not lost either. */
  readonly owed: ReadonlySet<EntryId>;
}

export interface ModuleAudit {
  readonly module: string;
  /** Messages published on the module's streams since the base. */
  readonly published: number;
  /** How many of them were handled, each counted once. */
  readonly handled: number;
  /** How many were neither handled nor are owed. */
  readonly lost: number;
  /** Handlings that should not have been. */
  readonly twice: number;
  /** Handlings of what was in flight at a stop, within what was announced. */
  readonly repeated: number;
  readonly announced: number;
  /** How many are still to be handled. */
  readonly owed: number;
}

export function audit(input: AuditInput): readonly ModuleAudit[] {
  return input.modules.map((module) => auditModule(module, input));
}

/** Whether the audit of every module says that nothing was lost, doubled or left undone. */
export function isClean(audits: readonly ModuleAudit[]): boolean {
  return audits.every(({ lost, twice, owed }) => lost === 0 && twice === 0 && owed === 0);
}

function auditModule(module: AuditedModule, input: AuditInput): ModuleAudit {
  const sum = { published: 0, handled: 0, lost: 0, twice: 0, inHand: 0, owed: 0 };
  const inHandAtOutages = input.outages.length * input.batch * module.streams.length;
  const announced = module.announced + inHandAtOutages;
  for (const stream of module.streams) {
    const lines = input.handled.filter(
      (line) => line.by === module.module && line.stream === stream.stream,
    );
    const handlings = handlingsOf(lines, input);
    // What was handled was published, even if its publisher was killed before it could say so.
    const ids = new Set([...(input.published.get(stream.stream) ?? []), ...handlings.keys()]);
    for (const id of ids) {
      const old = compareIds(id, stream.base) <= 0;
      const times = handlings.get(id) ?? [];
      if (old) {
        sum.twice += times.length;
        continue;
      }
      sum.published += 1;
      if (times.length > 0) sum.handled += 1;
      else if (stream.owed.has(id)) sum.owed += 1;
      else sum.lost += 1;
      const again = againsOf(times);
      sum.inHand += again.inHand;
      sum.twice += again.twice;
    }
  }
  const repeated = Math.min(sum.inHand, announced);
  return {
    module: module.module,
    published: sum.published,
    handled: sum.handled,
    lost: sum.lost,
    twice: sum.twice + sum.inHand - repeated,
    repeated,
    announced,
    owed: sum.owed,
  };
}

interface Handling {
  readonly process: string;
  /** Whether it was among the last `batch` that the process handled from the stream. */
  readonly atTheEnd: boolean;
  readonly inOutage: boolean;
}

function handlingsOf(
  lines: readonly Handled[],
  { batch, outages }: Pick<AuditInput, 'batch' | 'outages'>,
): ReadonlyMap<EntryId, readonly Handling[]> {
  const counts = new Map<string, number>();
  for (const { process } of lines) counts.set(process, (counts.get(process) ?? 0) + 1);
  const seen = new Map<string, number>();
  const handlings = new Map<EntryId, Handling[]>();
  for (const { id, process, at } of lines) {
    const nth = (seen.get(process) ?? 0) + 1;
    seen.set(process, nth);
    const atTheEnd = nth > (counts.get(process) ?? 0) - batch;
    const inOutage = outages.some(({ fromMs, toMs }) => at >= fromMs && at <= toMs);
    const handling = { process, atTheEnd, inOutage };
    const before = handlings.get(id);
    if (before === undefined) handlings.set(id, [handling]);
    else before.push(handling);
  }
  return handlings;
}

function againsOf(times: readonly Handling[]): { inHand: number; twice: number } {
  const again = { inHand: 0, twice: 0 };
  times.slice(1).forEach((time, index) => {
    const before = times[index];
    const stopped = before?.atTheEnd === true && before.process !== time.process;
    if (stopped || before?.inOutage === true) again.inHand += 1;
    else again.twice += 1;
  });
  return again;
}
