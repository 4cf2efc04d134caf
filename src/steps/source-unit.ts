import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OrionError } from '../problems/index.js';
import { changingPhaseKind } from './define-step.js';
import type { PhaseContext } from './step-context.js';

/*
 * Guide, phase 3, day 8: the unit of the source bus is removed. It is kept in `<stateDir>/archive`, with
 * the path where it stood, so that a rollback can put it back whatever became of the journal.
 */

interface KeptUnit {
  readonly service: string;
  readonly path: string;
  readonly text: string;
}

export const sourceUnitGone = changingPhaseKind({
  name: 'source-unit-gone',
  summary: 'Removes the unit file of the source bus, and keeps it for a rollback.',
  plan: async (context) =>
    (await standing(context)) === null ? [] : [`remove the unit of ${context.plan.source.service}`],
  async capture(context) {
    const unit = await standing(context);
    return unit === null ? {} : { service: unit.service, path: unit.path };
  },
  satisfied: async (context) => ((await standing(context)) === null ? 'yes' : 'no'),
  async apply(context) {
    const unit = await standing(context);
    if (unit === null) return { removed: false };
    const kept = await keep(context, unit);
    const { active } = await context.services.state(unit.service);
    if (active !== 'inactive' && active !== 'failed') {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'service.running',
        message: `The source bus ${unit.service} is ${active}: its unit was not removed.`,
        hint: 'After the cutover it must be down. Somebody has started it.',
        next: ['orion-bus status'],
      });
    }
    return { removed: await context.services.removeUnit(unit.service), kept };
  },
});

export const sourceUnitBack = changingPhaseKind({
  name: 'source-unit-back',
  summary: 'Puts the unit file of the source bus back, where it had been removed.',
  async plan(context) {
    const unit = await removed(context);
    return unit === null ? [] : [`put the unit of ${unit.service} back to ${unit.path}`];
  },
  capture: async () => ({}),
  satisfied: async (context) => ((await removed(context)) === null ? 'yes' : 'no'),
  async apply(context) {
    const unit = await removed(context);
    if (unit === null) return { installed: false };
    return { installed: await context.services.installUnit(unit.service, unit.text, unit.path) };
  },
});

/** The unit file as it stands; null where there is none that could be removed. */
async function standing({ plan, services }: PhaseContext): Promise<KeptUnit | null> {
  const { service } = plan.source;
  if (service === null) return null;
  const file = await services.unitFile(service);
  return file === null ? null : { service, ...file };
}

/** The unit file that was kept, where its service has none any more. */
async function removed({ plan, services }: PhaseContext): Promise<KeptUnit | null> {
  const { service } = plan.source;
  if (service === null || (await services.state(service)).installed !== false) return null;
  try {
    const kept: unknown = JSON.parse(await readFile(fileOf(plan.stateDir, service), 'utf8'));
    return isKept(kept) ? kept : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** On the disk before the unit is removed. */
async function keep({ plan }: PhaseContext, unit: KeptUnit): Promise<string> {
  await mkdir(join(plan.stateDir, 'archive'), { recursive: true, mode: 0o700 });
  const name = fileOf(plan.stateDir, unit.service);
  const file = await open(name, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(unit)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return name;
}

const fileOf = (stateDir: string, service: string): string =>
  join(stateDir, 'archive', `${service}.unit.json`);

function isKept(value: unknown): value is KeptUnit {
  if (typeof value !== 'object' || value === null) return false;
  const { service, path, text } = value as Partial<Record<keyof KeptUnit, unknown>>;
  return [service, path, text].every((each) => typeof each === 'string');
}
