import { OrionError } from '../problems/index.js';
import { lastLine, sentence } from './foreign-text.js';
import { interrupted } from './pause.js';
import { type CommandResult, runCommand } from './run-command.js';
import { parseTimeSpan } from './time-span.js';

/** A unit as `systemctl show` tells of it. */
export interface Unit {
  /** The unit's own name, also where it was asked for by an alias. */
  readonly id: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  readonly mainPid: number | null;
  readonly restarts: number | null;
  /** When it last became active, in milliseconds of this machine's monotonic clock. */
  readonly activeSinceMonotonicMs: number | null;
  /** `enabled`, `disabled`, `static`, …; empty where there is no unit file. */
  readonly fileState: string;
  /** Where its unit file stands; empty where there is none. */
  readonly file: string;
  /** Null for `infinity`. */
  readonly stopTimeoutMs: number | null;
  readonly startTimeoutMs: number | null;
  /** In the order in which they apply. */
  readonly dropIns: readonly string[];
  /** False where the last start was skipped because a condition of the unit was not met. */
  readonly conditionMet: boolean;
  /** `success`, `exit-code`, `start-limit-hit`, … of the last run. */
  readonly result: string;
  readonly exitStatus: string;
  /** True while systemd still has something to do with it, such as a stop in progress. */
  readonly hasJob: boolean;
}

const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'MainPID',
  'NRestarts',
  'ActiveEnterTimestampMonotonic',
  'UnitFileState',
  'FragmentPath',
  'TimeoutStopUSec',
  'TimeoutStartUSec',
  'DropInPaths',
  'ConditionResult',
  'ConditionTimestampMonotonic',
  'Result',
  'ExecMainStatus',
  'Job',
] as const;

/** Longer than systemctl itself waits for an answer of systemd. */
const ANSWER_TIMEOUT_MS = 30_000;

/** `systemctl` by argv, for one scope. */
export class Systemctl {
  readonly #base: readonly string[];
  readonly #signal: AbortSignal | undefined;

  constructor(
    scope: 'system' | 'user',
    prefix: readonly string[],
    signal: AbortSignal | undefined,
  ) {
    const scoped = scope === 'user' ? ['--user'] : [];
    this.#base = [...prefix, 'systemctl', ...scoped, '--no-pager', '--no-ask-password'];
    this.#signal = signal;
  }

  /** @throws {OrionError} `service.no-systemd` */
  async show(unit: string): Promise<Unit> {
    const result = await this.run(['show', `--property=${PROPERTIES.join(',')}`, '--', unit]);
    if (result.exitCode !== 0) {
      throw noSystemd(saidBySystemctl(result) ?? 'systemctl show did not answer');
    }
    return parseUnit(result.stdout);
  }

  /**
   * Runs one verb and returns how it ended; what a non-zero exit means depends on the verb.
   * @throws {OrionError} `service.no-systemd` without a systemd to talk to, `service.interrupted`
   */
  async run(args: readonly string[], timeoutMs = ANSWER_TIMEOUT_MS): Promise<CommandResult> {
    let result: CommandResult;
    try {
      result = await runCommand([...this.#base, ...args], {
        env: { LC_ALL: 'C', SYSTEMD_COLORS: '0', SYSTEMD_URLIFY: '0' },
        signal: this.#signal,
        timeoutMs,
      });
    } catch (error) {
      throw noSystemd('there is no systemctl', error);
    }
    if (result.aborted) throw interrupted(`systemctl ${args.join(' ')}`);
    if (result.exitCode !== 0 && NO_SYSTEMD.test(result.stderr)) {
      throw noSystemd(saidBySystemctl(result) ?? 'systemd does not answer');
    }
    return result;
  }
}

const NO_SYSTEMD = /not been booted with systemd|Failed to connect to (the )?bus/i;

/** Reads what `systemctl show` printed: one `Name=value` a line. */
function parseUnit(shown: string): Unit {
  const values = new Map<string, string>();
  for (const line of shown.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  const text = (name: (typeof PROPERTIES)[number]): string => values.get(name) ?? '';
  const sinceUs = numberOf(text('ActiveEnterTimestampMonotonic'));
  return {
    id: text('Id'),
    load: text('LoadState'),
    active: text('ActiveState'),
    sub: text('SubState'),
    mainPid: numberOf(text('MainPID')) || null,
    restarts: numberOf(text('NRestarts')),
    activeSinceMonotonicMs: sinceUs ? sinceUs / 1_000 : null,
    fileState: text('UnitFileState'),
    file: text('FragmentPath'),
    stopTimeoutMs: parseTimeSpan(text('TimeoutStopUSec')),
    startTimeoutMs: parseTimeSpan(text('TimeoutStartUSec')),
    dropIns: text('DropInPaths').split(/\s+/).filter(Boolean),
    conditionMet:
      text('ConditionResult') !== 'no' || !numberOf(text('ConditionTimestampMonotonic')),
    result: text('Result'),
    exitStatus: text('ExecMainStatus'),
    hasJob: !['', '0'].includes(text('Job')),
  };
}

const numberOf = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

/** What systemctl said, without the pointers to logs with which it ends; null when it said nothing. */
export function saidBySystemctl({ stderr }: CommandResult): string | null {
  const lines = stderr.split('\n').filter((line) => !/^(See|Hint:) /.test(line));
  return lastLine(lines.join('\n'));
}

function noSystemd(why: string, cause?: unknown): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'service.no-systemd',
    message: `systemd cannot be asked about services: ${sentence(why)}`,
    hint: 'Run this on the host of the services; where they are not run by systemd, configure `services: { driver: command, … }`.',
    ...(cause === undefined ? {} : { cause }),
  });
}
