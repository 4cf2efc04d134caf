import type { ModuleRole, ModuleRuntime } from './module-role.js';
import type { ReadAt, StandInWork } from './stand-in-work.js';

/**
 * Reads as a module that was moved to this package's library: it takes up what is pending, and on SIGTERM
 * it finishes what it has in hand.
 */
export async function readByLibrary(
  { redisUrl, prefix, maxLength, batch, blockMs, staleMs }: ModuleRole,
  { link, type, group, consumer }: ReadAt,
  work: StandInWork,
  { log, terminated }: ModuleRuntime,
): Promise<void> {
  const over = terminated();
  // Loaded by the few that use it: every module of the rehearsal starts several times.
  const { createBus } = await import('../bus/index.js');
  const bus = await createBus({ redisUrl, prefix, maxLength });
  const subscription = await bus.subscribe(
    type,
    {
      ...{ group, consumer, credit: batch, blockMs, minIdleMs: staleMs, start: 'beginning' },
      onProblem: ({ message }) => log(message),
    },
    (_message, { id, text }) => work.handle(id, text),
  );
  const close = (): void => void bus.close();
  if (over.aborted) close();
  over.addEventListener('abort', close);
  await subscription.closed;
  link.close();
}
