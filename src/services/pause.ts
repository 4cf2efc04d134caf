import { OrionError } from '../problems/index.js';
import type { ServicesRuntime } from './services.js';

/**
 * Waits between two looks.
 * @throws {OrionError} `service.interrupted` when the runtime's signal ends the wait
 */
export async function pause(runtime: ServicesRuntime, ms: number, doing: string): Promise<void> {
  await runtime.clock.sleep(ms, runtime.signal);
  if (runtime.signal?.aborted) throw interrupted(doing);
}

/** The error of every wait that was ended from outside. */
export function interrupted(doing: string): OrionError {
  return new OrionError({
    kind: 'interrupted',
    code: 'service.interrupted',
    message: `Interrupted during: ${doing}.`,
    hint: 'The service is as it was at that moment; the same command looks and goes on.',
    next: ['orion-bus status'],
  });
}
