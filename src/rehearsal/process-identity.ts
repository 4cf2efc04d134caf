import { readFileSync } from 'node:fs';

/**
 * One process, told apart from a later one with the same number by when it started.
 * `start` is the kernel's start time in clock ticks since boot, empty where there is no /proc, or
 * `ended`, which no running process has.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
}

/** The process with this number, to be asked for at once; one that has ended already has no start. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, start: startOf(pid) ?? 'ended' };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return startOf(identity.pid) === identity.start;
}

/** Sends a signal to the process and to every process of its group; a process that is gone is fine. */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(-identity.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

/** Whether a text read back from a file is an identity; anything else is null. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const match = /^(\d+) (\d*|ended)$/.exec(text.trim());
  return match?.[1] === undefined || match[2] === undefined
    ? null
    : { pid: Number(match[1]), start: match[2] };
}

export function formatIdentity(identity: ProcessIdentity): string {
  return `${identity.pid} ${identity.start}\n`;
}

function startOf(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return existsWithoutProc(pid) ? '' : null;
  }
  // The second field is the program's name in brackets and may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended: only its parent has not asked yet.
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return fields[19] ?? null;
}

function existsWithoutProc(pid: number): boolean {
  try {
    readFileSync('/proc/self/stat');
    return false;
  } catch {
    // No /proc on this system: the number alone has to do.
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
