import { readFile } from 'node:fs/promises';
import { changingPhaseKind } from './define-step.js';
import type { PhaseContext } from './step-context.js';

/* Guide, phase 1: the unit of the target bus, where a file for it is configured. */

export const targetUnit = changingPhaseKind({
  name: 'target-unit',
  summary: 'Puts the configured unit file of the target bus in place, where there is none.',
  async plan(context) {
    const missing = await missingUnit(context);
    return missing === null ? [] : [`create the unit of ${missing.service} from ${missing.file}`];
  },
  capture: async () => ({}),
  satisfied: async (context) => ((await missingUnit(context)) === null ? 'yes' : 'no'),
  async apply(context) {
    const missing = await missingUnit(context);
    if (missing === null) return { created: false };
    const text = await readFile(missing.file, 'utf8');
    return { created: await context.services.installUnit(missing.service, text) };
  },
});

/** Only what this migration has put there is taken away again. */
export const targetUnitGone = changingPhaseKind({
  name: 'target-unit-gone',
  summary: 'Takes the unit file of the target bus away, where phase 1 had put it there.',
  plan: async (context) =>
    (await ownUnit(context)) === null ? [] : [`remove the unit of ${context.plan.target.service}`],
  capture: async () => ({}),
  satisfied: async (context) => ((await ownUnit(context)) === null ? 'yes' : 'no'),
  async apply(context) {
    const service = await ownUnit(context);
    if (service === null) return { removed: false };
    const { active } = await context.services.state(service);
    // While it runs it is still needed, and its unit with it.
    if (active !== 'inactive' && active !== 'failed') return { removed: false, active };
    return { removed: await context.services.removeUnit(service) };
  },
});

async function missingUnit({
  plan,
  services,
}: PhaseContext): Promise<{ readonly service: string; readonly file: string } | null> {
  const { service, unit } = plan.target;
  if (service === null || unit === null) return null;
  const { installed } = await services.state(service);
  return installed === false ? { service, file: unit } : null;
}

async function ownUnit({ plan, services, run }: PhaseContext): Promise<string | null> {
  const { service } = plan.target;
  // Put there by the run that is taken back, even where that run could not note it any more.
  const created =
    run.undoing.result('target-unit')?.['created'] === true ||
    (run.undoing.intent('target-unit') !== null && run.undoing.result('target-unit') === null);
  if (service === null || !created) return null;
  return (await services.unitFile(service)) === null ? null : service;
}
