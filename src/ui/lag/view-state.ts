import type { Violation } from '../../contracts/index.js';
import type { Json } from '../../problems/index.js';
import type { GroupsReading } from '../../steps/index.js';

/*
 * The live view of `lag`, as data. What it shows follows from this state alone, and each event (a
 * look, a key, a change of the terminal's size) makes the next state of it.
 *
 *   list     a level of the drill-down: streams → groups → consumers → pending entries
 *   message  the last level: one message, scrolled
 *   typing   a line is being typed: a filter, a consumer's name, a reason
 *   asking   a change waits for a yes
 *   help     the keys, over everything else
 *
 * Paused and lost go with any of them: nothing new comes, and a banner says so.
 */
export interface ViewState {
  readonly settings: ViewSettings;
  readonly size: ScreenSize;
  /** The newest look; null before the first. */
  readonly reading: GroupsReading | null;
  readonly around: Around | null;
  readonly intervalMs: number;
  readonly paused: boolean;
  /** Redis does not answer: since when, as text, and how that shows. */
  readonly lost: { readonly since: string; readonly message: string } | null;
  /** The levels one has come through, the present one last; never empty. */
  readonly frames: readonly Frame[];
  readonly filter: string;
  readonly faultsOnly: boolean;
  readonly typing: Typing | null;
  readonly asking: Change | null;
  /** The first key that is shown of the help; null where the help is not shown. */
  readonly help: number | null;
  /** What came of the last change, or why a key did nothing; gone with the next key. */
  readonly notice: Notice | null;
  readonly entries: EntriesShown | null;
  readonly message: MessageShown | null;
}

export interface ViewSettings {
  /** Where Redis is, without any secret. */
  readonly redis: string;
  /** The first part of every stream's key. */
  readonly prefix: string;
  readonly limits: { readonly target: number; readonly alert: number };
  readonly readOnly: boolean;
  /** Whether live consumers of a side come back to pending entries. */
  readonly resumes: Readonly<Record<'source' | 'target' | 'unknown', boolean>>;
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What stands around the groups: where the migration is, and how the target bus does. */
export interface Around {
  readonly phase: string;
  /** What soaks, and how long yet. */
  readonly soak: { readonly of: string; readonly leftMs: number } | null;
  readonly halt: string | null;
  readonly openRun: string | null;
  readonly bus: {
    readonly name: string;
    /** Null where it has no health endpoint. */
    readonly healthy: boolean | null;
    readonly memoryBytes: number | null;
  };
}

export type Level =
  | { readonly kind: 'streams' }
  /** All groups where no stream is named. */
  | { readonly kind: 'groups'; readonly stream: string | null }
  | ({ readonly kind: 'consumers' } & GroupAt)
  | ({ readonly kind: 'entries' } & ConsumerAt)
  | ({ readonly kind: 'message'; readonly id: string } & ConsumerAt);

export interface GroupAt {
  readonly stream: string;
  readonly group: string;
}

export interface ConsumerAt extends GroupAt {
  readonly consumer: string;
}

/** One level with where one is in it. */
export interface Frame {
  readonly level: Level;
  /** The row the cursor is on, by what it is and not where; null before one was chosen. */
  readonly row: string | null;
  /** Where that row was when last seen: the cursor stays there when the row is gone. */
  readonly at: number;
  readonly sort: Sort;
  /** Of a message: how far it is scrolled. */
  readonly scroll: number;
}

export interface Sort {
  /** Null for the order in which things come. */
  readonly column: string | null;
  readonly descending: boolean;
}

export interface Typing {
  readonly what: 'filter' | 'consumer' | 'reason';
  readonly text: string;
  /** What the consumer or the reason is for. */
  readonly change: Target | null;
  /** The filter before, to go back to. */
  readonly before: string;
}

/** What a change is about: all of a consumer's entries, or one of them. */
export interface Target extends ConsumerAt {
  readonly id: string | null;
  readonly count: number;
}

export type Change =
  | { readonly kind: 'claim'; readonly target: Target; readonly to: string }
  | { readonly kind: 'acknowledge'; readonly target: Target; readonly reason: string };

export interface Notice {
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'warn' | 'bad';
}

export interface EntryRow {
  readonly id: string;
  readonly idleMs: number;
  readonly deliveries: number;
  /** Since it was added. */
  readonly ageMs: number;
}

export interface EntriesShown extends ConsumerAt {
  readonly entries: readonly EntryRow[];
  /** More are pending than are listed. */
  readonly more: boolean;
}

export interface MessageShown extends ConsumerAt {
  readonly id: string;
  readonly body: MessageBody;
  /** Where it breaks its contract, and where only a format does not hold. */
  readonly violations: readonly Violation[];
  readonly warnings: readonly Violation[];
}

export type MessageBody =
  | { readonly kind: 'json'; readonly value: Json }
  /** Not JSON: as it stands in the entry. */
  | { readonly kind: 'text'; readonly text: string }
  /** Trimmed or deleted. */
  | { readonly kind: 'gone' };

export const INTERVALS_MS: readonly number[] = [
  250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000,
];

export function initialView(settings: ViewSettings, size: ScreenSize): ViewState {
  return {
    settings,
    size,
    reading: null,
    around: null,
    intervalMs: 1_000,
    paused: false,
    lost: null,
    frames: [frameOf({ kind: 'groups', stream: null })],
    filter: '',
    faultsOnly: false,
    typing: null,
    asking: null,
    help: null,
    notice: null,
    entries: null,
    message: null,
  };
}

export function frameOf(level: Level): Frame {
  return { level, row: null, at: 0, sort: { column: null, descending: true }, scroll: 0 };
}

export function frameNow({ frames }: ViewState): Frame {
  const frame = frames.at(-1);
  if (frame === undefined) throw new Error('the view has no level');
  return frame;
}
