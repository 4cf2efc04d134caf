import type { SideName } from '../facts/index.js';
import type { ModuleHistory, OpenRun } from './history.js';

/*
 * Where a module stands. The state is derived each time from settings, readers and journal; it is
 * stored nowhere. Every state has a legal way out (the table of verbs is in runbooks/legality).
 *
 *   source --migrate--> moving --> soaking (flow passed) --soak over--> soaked
 *   moving --undo--> source          soaking, soaked --rollback--> going-back --> source
 *   moving, going-back --undo failed--> stranded
 *   drift: settings, readers and journal disagree, and nobody may guess
 *   moving is also a module that is being settled: it is down, and its run has to be finished
 */
export type ModuleStateName =
  | 'source'
  | 'moving'
  | 'soaking'
  | 'soaked'
  | 'going-back'
  | 'stranded'
  | 'drift';

export interface ModuleState {
  readonly name: ModuleStateName;
  /** Why, in words; for drift what disagrees. */
  readonly because: string;
  /** Milliseconds left of the soak; null outside of one. */
  readonly soakLeftMs: number | null;
}

export interface ModuleEvidence {
  readonly module: string;
  /** Where all settings point, or that they do not agree or cannot be read. */
  readonly settings: SideName | 'mixed' | 'unreadable';
  /** On which sides readers were seen; null where nobody could look. */
  readonly readers: readonly SideName[] | null;
  readonly history: ModuleHistory | null;
  readonly openRun: OpenRun | null;
  /** Redis's time in ms. */
  readonly nowMs: number;
  readonly soakMs: number;
}

export function moduleState(evidence: ModuleEvidence): ModuleState {
  const open = openRunOf(evidence);
  if (open !== null) return open;
  const drift = driftOf(evidence);
  if (evidence.history?.stranded) {
    return state('stranded', 'the way back of its last run failed; it may be down');
  }
  if (drift !== null) return state('drift', drift);
  if (evidence.settings === 'source') return state('source', 'its settings point to the source');
  return soakState(evidence);
}

function openRunOf({ module, openRun }: ModuleEvidence): ModuleState | null {
  if (openRun === null || openRun.module !== module) return null;
  if (openRun.verb === 'rollback') {
    return state('going-back', `the rollback ${openRun.run} is not finished`);
  }
  const what = openRun.verb === 'settle' ? 'settling' : 'migration';
  return state('moving', `the ${what} ${openRun.run} is not finished`);
}

function driftOf({ settings, readers, history }: ModuleEvidence): string | null {
  if (settings === 'mixed') return 'some of its settings point to the source, some to the target';
  if (settings === 'unreadable') return 'its settings cannot be read';
  const recorded = history === null ? 'source' : history.side;
  if (recorded !== settings) {
    return `its settings point to the ${settings}, the journal says ${recorded ?? 'nothing sure'}`;
  }
  if (readers !== null && readers.length > 0 && !readers.includes(settings)) {
    return `its settings point to the ${settings}, but it reads on the ${readers.join(' and ')}`;
  }
  return null;
}

function soakState({ history, nowMs, soakMs }: ModuleEvidence): ModuleState {
  const since = history?.soakSinceMs ?? null;
  if (since === null) {
    return { name: 'soaking', because: 'its soak has not begun', soakLeftMs: soakMs };
  }
  const left = Math.max(0, since + soakMs - nowMs);
  return left > 0
    ? { name: 'soaking', because: 'its soak is running', soakLeftMs: left }
    : { name: 'soaked', because: 'its soak is over', soakLeftMs: 0 };
}

function state(name: ModuleStateName, because: string): ModuleState {
  return { name, because, soakLeftMs: null };
}
