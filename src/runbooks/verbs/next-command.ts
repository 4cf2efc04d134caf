import type { Halt, ModuleStateName, OpenRun } from '../../checks/index.js';
import type { OrionError } from '../../problems/index.js';
import { commandOf } from './legality.js';

/*
 * The one command to type next. What may have left a module down comes first, then what keeps every
 * verb from going on, then the way forward.
 */

export interface Situation {
  /** In the order of migration. */
  readonly modules: readonly { readonly module: string; readonly name: ModuleStateName }[];
  readonly openRun: OpenRun | null;
  readonly halt: Pick<Halt, 'reason'> | null;
  readonly journalProblem: OrionError | null;
}

/** The command that takes up one module where it stands; null where it only has to soak. */
export function nextOfModule(module: string, name: ModuleStateName): string | null {
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

export function backOf(module: string): string {
  return `orion-bus rollback --phase 2 --module ${module}`;
}

export function nextCommand({ modules, openRun, halt, journalProblem }: Situation): string {
  const first = (name: ModuleStateName): string | undefined =>
    modules.find((each) => each.name === name)?.module;
  const stranded = first('stranded');
  if (stranded !== undefined) return backOf(stranded);
  // The problem's own words also send to status, which is being looked at.
  const wayOn = journalProblem?.next.find((command) => command !== 'orion-bus status');
  if (wayOn !== undefined) return wayOn;
  if (openRun !== null) {
    const stopped = halt !== null && openRun.verb === 'migrate' && openRun.module !== null;
    return stopped ? backOf(openRun.module) : commandOf(openRun);
  }
  const drifting = first('drift');
  if (drifting !== undefined) return backOf(drifting);
  if (halt !== null) return 'orion-bus halt --clear --reason TEXT';
  const waiting = first('source');
  return waiting === undefined ? 'orion-bus validate' : `orion-bus migrate ${waiting}`;
}
