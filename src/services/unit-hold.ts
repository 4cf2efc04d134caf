import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, OrionError } from '../problems/index.js';
import { sentence } from './foreign-text.js';
import type { Systemctl, Unit } from './systemctl.js';

/*
 * The hold on one systemd unit.
 *
 *   unprepared --drop-in, daemon-reload--> prepared --make the hold file--> held
 *   held --delete the hold file--> prepared
 *
 * The drop-in makes every start of the unit depend on the absence of the hold file, so that holding
 * and releasing need no daemon-reload while the service is down. `systemctl mask` would not do: it
 * does not work for units whose file is in /etc. A reboot empties the runtime directory, and leads
 * back to unprepared.
 */

const DROP_IN = 'zz-orion-bus.conf';
const DROP_IN_TEXT = `# Written by orion-bus: while the file below exists, nobody can start this unit.
[Unit]
ConditionPathExists=!%t/orion-bus/hold/%n
`;

export class UnitHold {
  readonly #systemctl: Systemctl;
  readonly #holdDirectory: string;
  readonly #unitDirectory: string;

  /** @param runtimeDirectory what `%t` is to this systemd */
  constructor(systemctl: Systemctl, scope: 'system' | 'user', runtimeDirectory: string) {
    this.#systemctl = systemctl;
    this.#holdDirectory = join(runtimeDirectory, 'orion-bus', 'hold');
    this.#unitDirectory = join(runtimeDirectory, 'systemd', scope);
  }

  /** The file whose existence is the hold. */
  fileOf(unit: Unit): string {
    return join(this.#holdDirectory, unit.id);
  }

  /** @throws {OrionError} `service.hold-failed`; the unit is not held then */
  async hold(unit: Unit): Promise<void> {
    try {
      await this.#prepare(unit);
      await makeDirectory(this.#holdDirectory);
      await writeFile(this.fileOf(unit), '');
    } catch (error) {
      throw error instanceof OrionError ? error : holdFailed(unit, messageOf(error), error);
    }
  }

  /** @throws {OrionError} `service.release-failed` */
  async release(unit: Unit): Promise<void> {
    try {
      await rm(this.fileOf(unit), { force: true });
    } catch (error) {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'service.release-failed',
        message: `${unit.id} could not be released: ${messageOf(error)}`,
        hint: 'While its hold file exists it cannot be started.',
        next: [`rm ${this.fileOf(unit)}`, `systemctl start ${unit.id}`],
        cause: error,
      });
    }
  }

  /** True only where the hold is in force: the file exists and systemd knows of the drop-in. */
  async held(unit: Unit): Promise<boolean> {
    const file = await stat(this.fileOf(unit)).catch(() => null);
    return file !== null && this.#isLast(unit);
  }

  async #prepare(unit: Unit): Promise<void> {
    const path = join(this.#unitDirectory, `${unit.id}.d`, DROP_IN);
    const written = await readFile(path, 'utf8').catch(() => null);
    if (written === DROP_IN_TEXT && this.#isLast(unit)) return;
    await makeDirectory(dirname(path));
    await writeFile(`${path}.new`, DROP_IN_TEXT);
    await chmod(`${path}.new`, 0o644);
    await rename(`${path}.new`, path);
    const reload = await this.#systemctl.run(['daemon-reload']);
    if (reload.exitCode !== 0) throw holdFailed(unit, 'systemctl daemon-reload failed', reload);
    const seen = await this.#systemctl.show(unit.id);
    if (!this.#isLast(seen)) {
      const others = seen.dropIns.map((dropIn) => basename(dropIn)).join(', ') || 'none';
      throw holdFailed(unit, `systemd must apply ${path} last, its drop-ins are: ${others}`);
    }
  }

  /** A drop-in that sorts after ours could take the condition back. */
  #isLast(unit: Unit): boolean {
    return unit.dropIns.at(-1)?.endsWith(`/${unit.id}.d/${DROP_IN}`) === true;
  }
}

/** systemd must be able to look inside, whatever the umask of this process is. */
async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o755 });
  if (first !== undefined) await chmod(path, 0o755);
}

function holdFailed(unit: Unit, why: string, cause?: unknown): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'service.hold-failed',
    message: `${unit.id} cannot be held: ${sentence(why)}`,
    hint: 'It is not held, and runs as before. Holding a service of the system takes root.',
    next: [`systemctl cat ${unit.id}`],
    ...(cause === undefined ? {} : { cause }),
  });
}
