import type { MigrationStatus } from '../runbooks/index.js';
import type { CheckFinding, CheckResult, CheckStatus, Figure } from './check-result.js';

type ModuleStatus = MigrationStatus['modules'][number];

/**
 * Where the migration stands, as monitoring sees it. What waits for an operator is not in order: a
 * halt, a stranded module and a journal that cannot be relied on are critical, what is unfinished warns.
 */
export function statusCheck(status: MigrationStatus): CheckResult {
  const { halt, openRun, lease, journal, modules, gates } = status;
  const known = status.at !== null;
  const single = (name: string, help: string, value: number | null): Figure => {
    return { name, help, labels: {}, value, unit: '' };
  };
  const ofModules = (
    name: string,
    help: string,
    unit: Figure['unit'],
    figureOf: (module: ModuleStatus) => number | null,
  ): readonly Figure[] =>
    modules.map((module) => {
      const labels = { module: module.module };
      return { name, help, labels, value: figureOf(module), unit };
    });
  const refusing = gates?.results.filter(({ verdict }) => verdict !== 'pass').length ?? null;
  return {
    name: 'status',
    findings: [
      haltFinding(status),
      {
        id: 'journal',
        status: journal.problem !== null ? 'critical' : journal.torn ? 'warning' : 'ok',
        text: journal.problem?.message ?? 'the last record of the journal is not finished',
      },
      {
        id: 'run',
        status: openRun !== null && known && lease === null ? 'warning' : 'ok',
        text: `${openRun?.command ?? 'a run'} was begun, and nobody is at it`,
      },
      ...modules.map(moduleFinding),
    ],
    figures: [
      single('halted', '1 where a halt is in force', known ? Number(halt !== null) : null),
      single('run_open', '1 where a run is not finished', Number(openRun !== null)),
      single('lease_held', '1 where an operator is at work', known ? Number(lease !== null) : null),
      single('journal_records', 'Records in the journal', journal.records),
      single('gates_refusing', 'Gates of what comes next that do not let through', refusing),
      ...ofModules('on_target', '1 where the module is set to the target bus', '', (module) =>
        Number(module.settings.side === 'target'),
      ),
      ...ofModules('soak_left_seconds', 'What is left of the soak', 's', ({ soakLeftMs }) =>
        soakLeftMs === null ? null : soakLeftMs / 1_000,
      ),
    ],
  };
}

function haltFinding({ at, halt }: MigrationStatus): CheckFinding {
  if (at === null) return { id: 'halt', status: 'unknown', text: 'Redis does not answer' };
  const status = halt === null ? 'ok' : 'critical';
  return { id: 'halt', status, text: `halted: ${halt?.reason ?? ''}` };
}

function moduleFinding({ module, state, because }: ModuleStatus): CheckFinding {
  return { id: `module.${module}`, status: STATUSES[state], text: `${module}: ${because}` };
}

const STATUSES: Readonly<Record<ModuleStatus['state'], CheckStatus>> = {
  source: 'ok',
  moving: 'ok',
  soaking: 'ok',
  soaked: 'ok',
  'going-back': 'ok',
  drift: 'warning',
  stranded: 'critical',
};
