import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/*
 * Which process of which host, so that it is never mistaken for a later one with the same number:
 * pid and start time name a process within one boot of one kernel, and, where containers share the
 * kernel, within one pid namespace. Read from /proc; null where there is none.
 */
export interface ProcessIdentity {
  readonly host: string;
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly processStart: number | null;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return {
    host: hostname(),
    bootId: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    processStart: startOf(process.pid),
  };
}

/** `elsewhere`: nothing can be said from here, by a process of another host or namespace. */
export type Presence = 'alive' | 'gone' | 'elsewhere';

export function presenceOf(other: ProcessIdentity, here: ProcessIdentity): Presence {
  if (!sharesPids(other, here)) return 'elsewhere';
  if (here.bootId === null) return answersSignals(other.pid) ? 'alive' : 'gone';
  const start = startOf(other.pid);
  return start !== null && start === other.processStart ? 'alive' : 'gone';
}

function sharesPids(other: ProcessIdentity, here: ProcessIdentity): boolean {
  if (other.bootId !== here.bootId) return false;
  if (here.bootId === null) return other.host === here.host;
  const namespaces = [other.pidNamespace, here.pidNamespace];
  return namespaces.includes(null) || other.pidNamespace === here.pidNamespace;
}

/** Start time of a running process; null when there is none, or only its remains (a zombie). */
function startOf(pid: number): number | null {
  const stat = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return null;
  // proc_pid_stat(5): the second field is the name in parentheses, which may itself hold any of them.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const start = Number(fields[22 - 3]);
  return state === 'Z' || state === 'X' || !Number.isSafeInteger(start) ? null : start;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
