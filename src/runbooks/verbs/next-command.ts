import type { Halt, MigrationPhase, ModuleStateName, OpenRun } from '../../checks/index.js';
import type { OrionError } from '../../problems/index.js';
import { isPhaseVerb } from '../phase-history.js';
import { commandOf, wayBackOf } from './legality.js';

/*
 * The one command to type next. A run that is open comes first, since nothing else is legal beside it;
 * then what may have left a module down, then what keeps every verb from going on, then the way forward.
 */

export interface Situation {
  readonly phase: MigrationPhase;
  /** In the order of migration. */
  readonly modules: readonly { readonly module: string; readonly name: ModuleStateName }[];
  readonly openRun: OpenRun | null;
  readonly halt: Pick<Halt, 'reason'> | null;
  readonly journalProblem: OrionError | null;
}

export function nextCommand(situation: Situation): string {
  const { phase, modules, openRun, halt, journalProblem } = situation;
  const first = (name: ModuleStateName): string | undefined =>
    modules.find((each) => each.name === name)?.module;
  const stranded = first('stranded');
  if (openRun === null && stranded !== undefined) return backOf(stranded);
  // The problem's own words also send to status, which is being looked at.
  const wayOn = journalProblem?.next.find((command) => command !== 'orion-bus status');
  if (wayOn !== undefined) return wayOn;
  if (openRun !== null) return halt !== null ? haltedWayOf(openRun) : commandOf(openRun);
  const drifting = first('drift');
  if (drifting !== undefined) return backOf(drifting);
  if (halt !== null) return 'orion-bus halt --clear --reason TEXT';
  return forwardCommand(phase, first('source'));
}

/** Under a halt nothing goes forward: what was begun is taken back. */
function haltedWayOf(open: OpenRun): string {
  switch (open.verb) {
    case 'migrate':
      return open.module === null ? commandOf(open) : backOf(open.module);
    case 'phase1-start':
    case 'phase3-cutover':
    case 'phase3-finalize':
      return wayBackOf(open);
    default:
      return commandOf(open);
  }
}

/** @param waiting the next module that is still on the source */
function forwardCommand(phase: MigrationPhase, waiting: string | undefined): string {
  switch (phase) {
    case 'P0':
    case 'P1r':
      return 'orion-bus phase1 start';
    case 'P1':
    case 'P1✓':
    case 'P2':
      return waiting === undefined ? DAILY_CHECK : `orion-bus migrate ${waiting}`;
    case 'P2✓':
    case 'P3r':
      return 'orion-bus phase3 cutover';
    case 'P3✓':
    case 'Fr':
      return 'orion-bus phase3 finalize';
    case 'P3':
    case 'F':
      return DAILY_CHECK;
    case 'R1':
    case 'R2':
    case 'R3':
      return `orion-bus rollback --phase ${phase.slice(-1)}`;
  }
}

/** Where there is only to wait, or nothing left: what is done every day. */
const DAILY_CHECK = 'orion-bus validate';

/** The command that takes up one module where it stands; null where it only has to soak. */
export function nextOfModule(
  module: string,
  name: ModuleStateName,
  openRun: OpenRun | null,
): string | null {
  if (openRun !== null && (openRun.module === module || isPhaseVerb(openRun.verb))) {
    return name === 'soaking' || name === 'soaked' ? null : commandOf(openRun);
  }
  switch (name) {
    case 'source':
    case 'moving':
      return `orion-bus migrate ${module}`;
    case 'soaking':
    case 'soaked':
      return null;
    case 'going-back':
    case 'stranded':
    case 'drift':
      return backOf(module);
  }
}

/** The command that puts one module back; beside an open run about a phase, that of the phase. */
export function backOfModule(module: string, openRun: OpenRun | null): string {
  return openRun !== null && isPhaseVerb(openRun.verb) ? wayBackOf(openRun) : backOf(module);
}

function backOf(module: string): string {
  return `orion-bus rollback --phase 2 --module ${module}`;
}
