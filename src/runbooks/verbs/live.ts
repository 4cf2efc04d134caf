import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  assertKnownJournal,
  type Halt,
  Journal,
  type JournalRecord,
  knowsHalt,
  Lease,
  newRunId,
  openPart,
  openRun,
  readShared,
  type SharedState,
  type TakeOver,
  writeShared,
} from '../../journal/index.js';
import { OrionError } from '../../problems/index.js';
import type { StepContext } from '../../steps/index.js';
import type { Host } from './host.js';
import { redisClock } from './redis-clock.js';

/*
 * A run as it is carried out: lease → journal → run → what Redis is to know of it.
 *
 * The lease comes first, since only its holder may write the journal; what was planned without it is
 * looked at once more, and refused when somebody else has begun a run in the meantime. Whatever
 * happens, the lease is given back and the journal is closed.
 */

export interface CarryOutOptions {
  readonly takeOver: TakeOver;
  /** A rollback goes on with a journal that is damaged, full or foreign; a forward verb does not. */
  readonly tolerant: boolean;
  /** Told a record that could not be stored, so that it can be shown. */
  readonly unstored: (record: JournalRecord) => void;
}

/** What is to be carried out, as far as lease and journal need it. */
export interface Job {
  readonly verb: string;
  /** The open run this one resumes, or null. */
  readonly resumes: string | null;
  /** The open run this one takes the place of, or null. */
  readonly supersedes: string | null;
  /** How many records the journal had when this was planned. */
  readonly plannedAt: number;
}

export interface Live {
  readonly run: string;
  readonly lease: Lease;
  readonly journal: Journal;
  readonly shared: SharedState;
  readonly redisAt: () => Promise<number | null>;
}

/**
 * Holds lease and journal for one run that stands in the journal on its own.
 * @throws {OrionError} before anything is done: lease, journal, or another open run
 */
export async function live<T>(
  host: Host,
  job: Job & { readonly module: string | null },
  options: CarryOutOptions,
  body: (live: Live) => Promise<{ readonly open: boolean; readonly value: T }>,
): Promise<T> {
  const { prefix } = host.plan.streams;
  const run = job.resumes ?? newRunId(host.clock.now(), randomBytes);
  const lease = await Lease.acquire({
    link: host.redis,
    prefix,
    run,
    verb: job.verb,
    clock: host.clock,
    takeOver: options.takeOver,
    onWait: host.onWait,
  });
  try {
    const journal = await openJournal(host, options);
    try {
      const shared = await readShared(host.redis, prefix);
      if (!options.tolerant) assertKnownJournal(shared, journal);
      const redisAt = redisClock(host);
      const now: Live = { run, lease, journal, shared, redisAt };
      if (!options.tolerant && journal.records.length !== job.plannedAt) throw plannedBefore();
      await supersede(job, openRun(journal.records), now);
      await recordHalt(shared.halt, now);
      const publish = (open: boolean): Promise<void> =>
        writeShared(host.redis, prefix, {
          token: lease.token,
          host: hostname(),
          journal,
          run: open ? { id: run, verb: job.verb, module: job.module } : null,
        });
      await publish(true);
      const { open, value } = await body(now);
      // Redis only knows sooner what it would learn from the next holder; a lost Redis must not hide the result.
      await publish(open).catch(() => undefined);
      return value;
    } finally {
      await journal.close();
    }
  } finally {
    await lease.release();
  }
}

/** The same for a part of the run that is live: lease and journal are there, and Redis knows the run. */
export async function livePart<T>(
  host: Host,
  job: Job & { readonly module: string },
  whole: Live,
  body: (live: Live) => Promise<T>,
): Promise<T> {
  const run = job.resumes ?? newRunId(host.clock.now(), randomBytes);
  const part = { ...whole, run };
  const open = openPart(whole.journal.records);
  // What an earlier run left of another service has its own turn.
  await supersede(job, open?.data['module'] === job.module ? open : null, part);
  return body(part);
}

/** Writes a note of a step into the journal. */
export function noting({ journal, run, redisAt }: Live): StepContext['record'] {
  return async (type, data) => {
    await journal.append({ type, run, data, redisAt: await redisAt().catch(() => null) });
  };
}

async function openJournal(host: Host, options: CarryOutOptions): Promise<Journal> {
  const { stateDir } = host.plan;
  const journalOptions = options.tolerant
    ? { clock: host.clock, unstored: options.unstored }
    : { clock: host.clock };
  const view = await Journal.read(stateDir);
  if (view.damage === null || !options.tolerant) return Journal.open(stateDir, journalOptions);
  return (await Journal.setAside(stateDir, journalOptions)).journal;
}

async function recordHalt(halt: Halt | null, { journal, run, redisAt }: Live): Promise<void> {
  if (halt === null || knowsHalt(journal.records, halt)) return;
  await journal.append({
    type: 'halt.raised',
    run,
    data: { ...halt },
    redisAt: await redisAt(),
  });
}

/** Ends the open run that this one takes the place of, and refuses one that nobody had planned for. */
async function supersede(
  { resumes, supersedes }: Job,
  open: JournalRecord | null,
  { run, journal, redisAt }: Live,
): Promise<void> {
  if (open !== null && open.run !== (resumes ?? supersedes)) {
    throw new OrionError({
      kind: 'prerequisite',
      code: 'run.open',
      message: `Another run was begun meanwhile: ${String(open.data['verb'])} ${String(open.data['module'] ?? '')}.`,
      hint: 'Nothing was changed.',
      next: ['orion-bus status'],
    });
  }
  if (open === null && resumes !== null) {
    throw new OrionError({
      kind: 'prerequisite',
      code: 'run.ended',
      message: `The run ${resumes} was brought to its end meanwhile.`,
      hint: 'Nothing was changed by this command.',
      next: ['orion-bus status'],
    });
  }
  if (open === null || supersedes === null) return;
  await journal.append({
    type: 'run.superseded',
    run: open.run,
    data: { by: run },
    redisAt: await redisAt(),
  });
}

/** What was shown and agreed to rests on a state that is no more. */
function plannedBefore(): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'run.planned-before',
    message: 'Somebody has done something since this was planned.',
    hint: 'Nothing was changed. Look where it stands now, and type the command again.',
    next: ['orion-bus status'],
  });
}
