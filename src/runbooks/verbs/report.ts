import { type MigrationPhase, migrationPhase, moduleState } from '../../checks/index.js';
import { type Plan, settingsSide } from '../../facts/index.js';
import { Journal } from '../../journal/index.js';
import { historyOf } from '../history.js';
import { lookBack, type MigrationReport } from './look-back.js';

export interface ReportRequest {
  /** Redis's time in ms where it answers, else this host's. */
  readonly nowMs: number;
  /** Narrows the period, in ms; null for all there is. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

/** The whole migration as journal, samples, baseline and settings tell; Redis is not asked. */
export async function reportOf(plan: Plan, request: ReportRequest): Promise<MigrationReport> {
  const { records } = await Journal.read(plan.stateDir);
  const history = historyOf(records, { halt: null });
  const phase = await phaseBySettings(plan, history, request.nowMs);
  return lookBack(plan, { ...request, records, history, phase });
}

async function phaseBySettings(
  plan: Plan,
  history: ReturnType<typeof historyOf>,
  nowMs: number,
): Promise<MigrationPhase> {
  const modules = await Promise.all(
    plan.modules.map(async ({ name, settings }) => {
      const { side } = await settingsSide(settings);
      const known = history.modules.get(name) ?? null;
      const state = moduleState({
        ...{ module: name, settings: side, readers: null, history: known, nowMs },
        openRun: history.openPart ?? history.openRun,
        soakMs: plan.soak.moduleMs,
      });
      return { state, settings: side, recorded: known === null ? 'source' : known.side } as const;
    }),
  );
  const { phase1Ms, burnInMs } = plan.soak;
  return migrationPhase({ modules, history, nowMs, phase1Ms, burnInMs });
}
