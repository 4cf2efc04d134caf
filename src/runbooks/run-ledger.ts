import type { Json, JsonObject } from '../problems/index.js';
import type { StepMemory } from '../steps/index.js';
import { PREFIX } from './direction.js';
import type { RunRecord } from './run-log.js';

/** How far one step of a run has come, by its records. */
export interface LedgerEntry {
  /**
   * none       nothing is known of it
   * intended   the before-image is stored; the effect may or may not have taken place
   * done       the result was observed
   * skipped    it was so already, nothing was done
   * failed     it was tried; with a before-image its effect may have taken place all the same
   */
  readonly state: 'none' | 'intended' | 'done' | 'skipped' | 'failed';
  readonly intent: JsonObject | null;
  readonly result: JsonObject | null;
  readonly error: Json;
  /** Whether the run began to change something with it. */
  readonly effected: boolean;
  readonly undone: boolean;
}

const NOTHING: LedgerEntry = {
  state: 'none',
  intent: null,
  result: null,
  error: null,
  effected: false,
  undone: false,
};

/**
 * What a run knows of itself: the journal's records read again, then every record as it is written.
 * Both come by the same way, so that a resumed run cannot know anything else than an unbroken one.
 */
export class RunLedger {
  readonly run: string;
  readonly #entries = new Map<string, LedgerEntry>();
  #started: JsonObject | null = null;
  #finished = false;
  #cause: { readonly step: string; readonly data: JsonObject } | null = null;

  constructor(run: string, records: readonly RunRecord[]) {
    this.run = run;
    for (const record of records) if (record.run === run) this.note(record);
  }

  /** What the run said of itself when it began; null for a run that is new. */
  get started(): JsonObject | null {
    return this.#started;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** The failure for which the run goes back; null as long as it goes forward. */
  get cause(): { readonly step: string; readonly data: JsonObject } | null {
    return this.#cause;
  }

  entry(step: string): LedgerEntry {
    return this.#entries.get(step) ?? NOTHING;
  }

  /** Neither to be done nor to be asked about again, as far as the step alone can say. */
  settled(step: string): boolean {
    const { state } = this.entry(step);
    return state === 'done' || state === 'skipped';
  }

  /** The before-image of an effect that may or may not have taken place. */
  openIntent(step: string): JsonObject | null {
    return this.settled(step) ? null : this.entry(step).intent;
  }

  /** The forward steps that began to change something, in order; also those a list no longer holds. */
  changes(): readonly string[] {
    return [...this.#entries]
      .filter(([step, { effected }]) => effected && !step.startsWith(PREFIX.undo))
      .map(([step]) => step);
  }

  changedSomething(): boolean {
    return this.changes().length > 0;
  }

  memory(prefix: string): StepMemory {
    return {
      intent: (step) => this.entry(prefix + step).intent,
      result: (step) => this.entry(prefix + step).result,
    };
  }

  note({ type, step, data }: RunRecord): void {
    if (type === 'run.started') this.#started = data;
    if (type === 'run.finished' || type === 'run.superseded') this.#finished = true;
    if (step === undefined) return;
    if (type === 'step.failed' && isMap(data['undo'])) this.#cause ??= { step, data };
    const change = changeBy(type, data);
    if (change !== null) this.#entries.set(step, { ...this.entry(step), ...change });
  }
}

function changeBy(type: string, data: JsonObject): Partial<LedgerEntry> | null {
  switch (type) {
    case 'step.intended':
      return { state: 'intended', intent: data, effected: true };
    case 'step.done':
      return { state: 'done', result: data, error: null };
    case 'step.skipped':
      return { state: 'skipped', intent: mapOr(data['intent']), result: data, error: null };
    case 'step.failed':
      // A run that turned back before a step has learned nothing of the step.
      return data['begun'] === false ? null : { state: 'failed', error: data['error'] ?? null };
    case 'step.undone':
      return { undone: true };
    default:
      return null;
  }
}

const mapOr = (value: Json | undefined): JsonObject | null => (isMap(value) ? value : null);

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
