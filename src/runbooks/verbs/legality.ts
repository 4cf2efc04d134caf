import type { OpenRun } from '../../checks/index.js';
import type { ModulePlan, Plan } from '../../facts/index.js';
import { OrionError } from '../../problems/index.js';
import type { ModuleStanding } from '../../steps/index.js';
import { nearestName } from '../nearest-name.js';

/*
 * Which verb is legal in which state. Every refusal names the way on.
 *
 *   state                migrate it      migrate another   rollback it
 *   source               go              its own gates     nothing to do
 *   moving               resume          open run          take its place
 *   soaking, soaked      already         its own gates     go
 *   going-back           finish it       open run          resume
 *   stranded             roll back       refused           go again
 *   drift                status          refused           the active side, by readers or settings
 */

/** @throws {OrionError} kind `usage` naming the module and the nearest known ones */
export function knownModule(plan: Plan, name: string): ModulePlan {
  const module = plan.modules.find((each) => each.name === name);
  if (module !== undefined) return module;
  const names = plan.modules.map((each) => each.name);
  const meant = nearestName(name, names);
  const guess = meant === null ? '' : `Did you mean ${meant}? `;
  const known = `Modules are: ${names.join(', ') || 'none'}.`;
  throw new OrionError({
    kind: 'usage',
    code: 'module.unknown',
    message: `There is no module ${name}.`,
    hint: `Nothing was changed. ${guess}${known}`,
    next: [meant ?? names[0]].flatMap((each) => (each ? [`orion-bus migrate ${each}`] : [])),
  });
}

export type MigrateAnswer = 'go' | 'resume' | 'already';

/**
 * @throws {OrionError} where the module, or another one, is in a state from which nothing goes forward
 */
export function mayMigrate(
  module: string,
  modules: ReadonlyMap<string, ModuleStanding>,
  open: OpenRun | null,
): MigrateAnswer {
  if (open !== null) {
    if (open.module === module && open.verb === 'migrate') return 'resume';
    throw openRunInTheWay(open);
  }
  for (const [name, standing] of modules) refuseBroken(name, standing);
  const state = modules.get(module)?.state.name;
  return state === 'soaking' || state === 'soaked' ? 'already' : 'go';
}

/** The command that finishes an open run. */
export function commandOf({ verb, module }: OpenRun): string {
  switch (verb) {
    case 'migrate':
      return `orion-bus migrate ${module ?? ''}`.trim();
    case 'rollback':
      return `orion-bus rollback --phase 2${module === null ? '' : ` --module ${module}`}`;
    case 'settle':
      return `orion-bus groups settle ${module ?? ''}`.trim();
    case 'phase1-start':
      return 'orion-bus phase1 start';
    case 'phase3-cutover':
      return 'orion-bus phase3 cutover';
    case 'phase3-finalize':
      return 'orion-bus phase3 finalize';
    case 'rollback-phase1':
    case 'rollback-phase2':
    case 'rollback-phase3':
      return `orion-bus rollback --phase ${verb.slice(-1)}`;
    default:
      return 'orion-bus status';
  }
}

export function openRunInTheWay(open: OpenRun): OrionError {
  const what = [open.verb, open.module].filter(Boolean).join(' of ');
  return new OrionError({
    kind: 'prerequisite',
    code: 'run.open',
    message: `The ${what} (run ${open.run}) is not finished.`,
    hint: 'Nothing was changed. One run at a time: finish it, or take it back.',
    next: [...new Set([commandOf(open), wayBackOf(open)])],
  });
}

/** What takes an open run back; a rollback is only taken further. */
export function wayBackOf({ verb }: OpenRun): string {
  const phase = verb.includes('phase1') ? 1 : verb.includes('phase3') ? 3 : 2;
  return `orion-bus rollback --phase ${phase}`;
}

function refuseBroken(name: string, { state, module, settings }: ModuleStanding): void {
  if (state.name !== 'stranded' && state.name !== 'drift') return;
  const stranded = state.name === 'stranded';
  const odd = settings.settings.flatMap(({ file, key, side, found }, at) => {
    const { source = '', target = '' } = module.settings[at] ?? {};
    const place = [key, file].filter((part) => part !== null).join(' in ');
    return side === null ? [`${place} should be ${source} or ${target}: ${found}`] : [];
  });
  throw new OrionError({
    kind: 'prerequisite',
    code: `module.${state.name}`,
    message: `${name} is ${stranded ? 'stranded' : 'adrift'}: ${[state.because, ...odd].join('; ')}.`,
    hint: 'Nothing was changed, and nothing goes forward until it is put right.',
    next: stranded
      ? [`orion-bus rollback --phase 2 --module ${name}`]
      : ['orion-bus status', `orion-bus rollback --phase 2 --module ${name}`],
  });
}
