import { groupOf, type ModulePlan, type SideName } from '../facts/index.js';

/** Whose group it is, and for which bus. */
export interface GroupOwner {
  readonly module: ModulePlan;
  readonly side: SideName;
}

const SIDES: readonly SideName[] = ['source', 'target'];

/** The one module and side a group's name fits; null where it fits none, or more than one. */
export function ownerOf(
  modules: readonly ModulePlan[],
  type: string,
  group: string,
): GroupOwner | null {
  const fitting = modules.flatMap((module) =>
    SIDES.filter((side) => groupOf(module, type, side) === group).map((side) => ({ module, side })),
  );
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}
