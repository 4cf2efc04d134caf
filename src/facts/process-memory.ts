import { readFile } from 'node:fs/promises';

/** What a process holds in memory (its resident set), in bytes; null where nobody may look or it is gone. */
export async function residentBytes(pid: number): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
  } catch {
    // No such process, another pid namespace, or a system without /proc.
    return null;
  }
}
