import {
  type MigrationHistory,
  type MigrationPhase,
  migrationPhase,
  moduleState,
} from '../../checks/index.js';
import { type Plan, redisTimeMs, settingsSide } from '../../facts/index.js';
import { Journal, readShared } from '../../journal/index.js';
import { historyOf } from '../history.js';
import type { Host } from './host.js';

/** Where the migration stands, as a view that looks often can afford to ask: no readers, no gates. */
export interface MigrationGlance {
  readonly phase: MigrationPhase;
  readonly halt: MigrationHistory['halt'];
  readonly openRun: MigrationHistory['openRun'];
  /** What soaks now, and how long yet; null where nothing does. */
  readonly soak: { readonly of: string; readonly leftMs: number } | null;
}

/** @throws {OrionError} when Redis does not answer */
export async function glanceAtMigration({
  plan,
  redis,
}: Pick<Host, 'plan' | 'redis'>): Promise<MigrationGlance> {
  const journal = await Journal.read(plan.stateDir);
  const shared = await readShared(redis, plan.streams.prefix);
  const nowMs = await redisTimeMs(redis);
  const history = historyOf(journal.records, shared);
  const modules = await Promise.all(
    plan.modules.map(async ({ name, settings }) => {
      const { side } = await settingsSide(settings);
      const known = history.modules.get(name) ?? null;
      const state = moduleState({
        module: name,
        settings: side,
        readers: null,
        history: known,
        openRun: history.openPart ?? history.openRun,
        nowMs,
        soakMs: plan.soak.moduleMs,
      });
      const recorded = history.modules.has(name) ? (known?.side ?? null) : ('source' as const);
      return { name, state, settings: side, recorded };
    }),
  );
  const phase = migrationPhase({
    modules,
    history,
    nowMs,
    phase1Ms: plan.soak.phase1Ms,
    burnInMs: plan.soak.burnInMs,
  });
  const soaking = modules.find(({ state }) => (state.soakLeftMs ?? 0) > 0);
  const soak =
    soaking === undefined
      ? phaseSoak(phase, history, plan, nowMs)
      : { of: soaking.name, leftMs: soaking.state.soakLeftMs ?? 0 };
  return { phase, halt: history.halt, openRun: history.openRun, soak };
}

function phaseSoak(
  phase: MigrationPhase,
  { phase1SinceMs, phases }: MigrationHistory,
  { soak }: Plan,
  nowMs: number,
): MigrationGlance['soak'] {
  if (phase === 'P1' && phase1SinceMs !== null) {
    return { of: 'phase 1', leftMs: phase1SinceMs + soak.phase1Ms - nowMs };
  }
  if (phase === 'P3' && phases.burnInSinceMs !== null) {
    return { of: 'burn-in', leftMs: phases.burnInSinceMs + soak.burnInMs - nowMs };
  }
  return null;
}
