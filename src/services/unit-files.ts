/** One unit file of systemd. */
export interface UnitFile {
  readonly name: string;
  readonly text: string;
}

export interface UnitFileOptions {
  /** The program and its first arguments, by absolute paths: `node`, `bin/run.js`. */
  readonly program: readonly string[];
  /** The configuration file, absolute. */
  readonly config: string;
  readonly scope: 'system' | 'user';
}

/**
 * The units that a migration wants on its host: the guard, the daily check with its timer, and the
 * bus for who moves to this package's own. None is enabled by being written.
 */
export function unitFiles({ program, config, scope }: UnitFileOptions): readonly UnitFile[] {
  const run = (...words: readonly string[]): string =>
    [...program, ...words, '--config', config].map(quoted).join(' ');
  const wantedBy = scope === 'system' ? 'multi-user.target' : 'default.target';
  return [
    unit('orion-bus-watch.service', [
      ['Unit', 'Description=Takes samples of the bus and raises the emergency stop', ...AFTER],
      // Whatever ends it, it begins again: time without samples is no soak.
      ['Service', `ExecStart=${run('watch')}`, 'Restart=always', 'RestartSec=5s', ...CONFINED],
      ['Install', `WantedBy=${wantedBy}`],
    ]),
    unit('orion-bus-validate.service', [
      ['Unit', 'Description=The daily check of the bus', ...AFTER],
      ['Service', 'Type=oneshot', `ExecStart=${run('validate')}`, ...CONFINED],
    ]),
    unit('orion-bus-validate.timer', [
      ['Unit', 'Description=Checks the bus once a day'],
      ['Timer', 'OnCalendar=daily', 'RandomizedDelaySec=10min', 'Persistent=true'],
      ['Install', 'WantedBy=timers.target'],
    ]),
    unit('orion-bus.service', [
      ['Unit', 'Description=The bus: publish, subscribe, health and metrics over HTTP', ...AFTER],
      [
        ...['Service', `ExecStart=${run('serve')}`, 'Restart=on-failure', 'RestartSec=1s'],
        // It drains at SIGTERM, and says what was left pending.
        ...['TimeoutStopSec=45s', ...CONFINED],
      ],
      ['Install', `WantedBy=${wantedBy}`],
    ]),
  ];
}

const AFTER = ['After=network.target redis-server.service'];

/** The journal and the samples are private, and none of these ever needs to gain a privilege. */
const CONFINED = ['UMask=0077', 'NoNewPrivileges=yes'];

function unit(name: string, sections: readonly (readonly string[])[]): UnitFile {
  const parts = sections.map(([section, ...lines]) => [`[${section}]`, ...lines].join('\n'));
  return { name, text: `${parts.join('\n\n')}\n` };
}

/** As systemd.syntax(7) and systemd.unit(5) want it: `%` and `$` doubled, spaces within quotes. */
function quoted(word: string): string {
  const doubled = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(doubled)
    ? doubled
    : `"${doubled.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
