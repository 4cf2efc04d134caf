import {
  type MigrationHistory,
  type MigrationPhase,
  migrationPhase,
  moduleState,
} from '../checks/index.js';
import type { Sample } from '../evidence/index.js';
import type { Plan } from '../facts/index.js';

/** Where the migration stands, as the journal and the sample tell; nobody is asked what they read. */
export function phaseOf(plan: Plan, history: MigrationHistory, sample: Sample): MigrationPhase {
  const nowMs = sample.clock === 'redis' ? sample.atMs : null;
  return migrationPhase({
    modules: plan.modules.map(({ name }) => {
      const known = history.modules.get(name) ?? null;
      const settings = settingsOf(sample, name);
      const state = moduleState({
        module: name,
        settings,
        readers: null,
        history: known,
        openRun: history.openPart ?? history.openRun,
        nowMs: nowMs ?? 0,
        soakMs: plan.soak.moduleMs,
      });
      return { state, settings, recorded: known === null ? 'source' : known.side };
    }),
    history,
    nowMs,
    phase1Ms: plan.soak.phase1Ms,
    burnInMs: plan.soak.burnInMs,
  });
}

function settingsOf(sample: Sample, name: string): Sample['modules'][number]['settings'] {
  return sample.modules.find(({ module }) => module === name)?.settings ?? 'unreadable';
}
