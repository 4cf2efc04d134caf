import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/*
 * A real systemd of a test's own, as process 1 of namespaces of its own, with a cgroup tree, /run,
 * /tmp and /etc/systemd/system of its own. It sees the files of this machine, but no unit of them.
 * There is no D-Bus inside, so only root can talk to it.
 *
 * /tmp has to be its own: systemd empties it when it starts.
 */
export interface RealSystemd {
  /** Set before every command that is to run beside it. */
  readonly prefix: readonly string[];
  /** Its `/`, as seen from here. */
  readonly root: string;
  /** Writes a unit file below `[Unit]` and the rest, and has it read. */
  unit(name: string, sections: UnitText): Promise<void>;
  /** Runs one systemctl command, as a person would. */
  systemctl(...args: readonly string[]): Promise<{ exitCode: number; output: string }>;
  stop(): Promise<void>;
}

export interface UnitText {
  readonly unit?: readonly string[];
  readonly service: readonly string[];
  readonly install?: readonly string[];
}

/** Everything inside ends after so long, even when the test that started it was killed. */
const LIFETIME_S = 180;
const READY_WITHIN_MS = 15_000;

const NAMESPACES =
  'unshare --kill-child --fork --pid --mount-proc --mount --uts --ipc --cgroup'.split(' ');

/** `container` keeps systemd from touching clocks, consoles and settings of the kernel. */
const INSIDE = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /etc/systemd/system
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
printf '[Unit]\\nDefaultDependencies=no\\n' > /etc/systemd/system/lab.target
export container=lab SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/system
exec /lib/systemd/systemd --system --unit=lab.target --log-target=console
`;

/** Starts one, or says why this machine cannot; what was begun is taken back then. */
export async function startRealSystemd(): Promise<RealSystemd | { readonly missing: string }> {
  if (process.getuid?.() !== 0) return { missing: 'not root' };
  if (!existsSync('/lib/systemd/systemd')) return { missing: 'no systemd installed' };
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '');
  const [, hierarchy] = /^\S+ (\S+) cgroup2 /m.exec(mounts) ?? [];
  if (hierarchy === undefined) return { missing: 'no cgroup2 mounted' };
  const cgroup = join(hierarchy, `orion-lab-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    return await start(cgroup);
  } catch (error) {
    await end(cgroup);
    return { missing: String(error instanceof Error ? error.message : error) };
  }
}

async function start(cgroup: string): Promise<RealSystemd> {
  await mkdir(cgroup);
  const lab = execa(
    'sh',
    ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', cgroup]
      .concat(['timeout', '-s', 'KILL', String(LIFETIME_S)])
      .concat(NAMESPACES)
      .concat(['sh', '-c', INSIDE]),
    { stdin: 'ignore', all: true, reject: false },
  );
  let ended = false;
  void lab.then(() => {
    ended = true;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const [pid] = await processesOf(join(cgroup, 'init.scope'));
    if (pid !== undefined) {
      const systemd = around(pid, async () => {
        await end(cgroup);
        await lab;
      });
      if ((await systemd.systemctl('show', '--property=Version')).exitCode === 0) return systemd;
    }
    if (ended) throw new Error(`systemd ended: ${(await lab).all ?? ''}`);
    if (Date.now() > deadline) throw new Error('systemd does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function around(pid: number, stop: () => Promise<void>): RealSystemd {
  const prefix = ['nsenter', '-t', String(pid), '-a', '--'];
  const root = `/proc/${pid}/root`;
  const systemctl: RealSystemd['systemctl'] = async (...args) => {
    const [program = '', ...rest] = [...prefix, 'systemctl', '--no-pager', ...args];
    const result = await execa(program, rest, { all: true, reject: false });
    return { exitCode: result.exitCode ?? -1, output: result.all };
  };
  return {
    prefix,
    root,
    systemctl,
    stop,
    async unit(name, { unit = [], service, install = [] }) {
      const text = ['[Unit]', 'DefaultDependencies=no', ...unit, '[Service]', ...service]
        .concat(['[Install]', ...install, ''])
        .join('\n');
      await writeFile(join(root, 'etc/systemd/system', name), text);
      await systemctl('daemon-reload');
    },
  };
}

/** Ends every process in the cgroup and removes its folders. */
async function end(cgroup: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (existsSync(cgroup) && Date.now() < deadline) {
    for (const folder of await foldersOf(cgroup)) {
      for (const pid of await processesOf(folder)) killNow(pid);
      await rmdir(folder).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The folder and all below it, the deepest first. */
async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory());
  const deeper = await Promise.all(below.map(({ name }) => foldersOf(join(folder, name))));
  return [...deeper.flat(), folder];
}

async function processesOf(folder: string): Promise<number[]> {
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
