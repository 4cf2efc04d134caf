import { OrionError } from '../problems/index.js';
import type { StepContext, StepMemory } from './step-context.js';

/*
 * A Redis lost between stop and start. The module is down and must not stay so: what the pause still
 * has to ask is tried again for half the headroom, then the run goes back and the module is started
 * on its old settings. A pause that has used half the headroom turns back for the same reason: from
 * there on trimming could reach what the module is owed.
 */

/** Longer than this a module is not kept down for, however much headroom there is. */
const LONGEST_PATIENCE_MS = 60_000;
const PAUSE_MS = 250;

/** @throws {OrionError} the last refusal, when Redis has not come back in time */
export async function untilRedisAnswers<T>(
  context: StepContext,
  ask: () => Promise<T>,
): Promise<T> {
  const deadline = context.clock.now() + patienceMs(context);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const gone = error instanceof OrionError && error.code === 'redis.unreachable';
      if (!gone || context.clock.now() >= deadline || context.signal.aborted) throw error;
      await context.clock.sleep(PAUSE_MS, context.signal);
    }
  }
}

/** @throws {OrionError} `pause.too-long` when the pause has used half of the headroom it began with */
export function expectHeadroomLeft(context: StepContext): void {
  const since = numberIn(context.run.earlier, 'stop', 'stoppedAtMs');
  const headroomMs = headroomOf(context);
  if (since === null || headroomMs === null) return;
  const usedMs = context.clock.now() - since;
  if (usedMs < headroomMs / 2) return;
  throw new OrionError({
    kind: 'prerequisite',
    code: 'pause.too-long',
    message: `The pause has lasted ${Math.round(usedMs / 1_000)} s, more than half of the headroom of ${Math.round(headroomMs / 1_000)} s.`,
    hint: 'The module is started again on its old settings before trimming reaches what it is owed.',
    next: [`orion-bus lag ${context.module.name} --once`],
  });
}

function patienceMs(context: StepContext): number {
  const headroomMs = headroomOf(context);
  return headroomMs === null ? LONGEST_PATIENCE_MS : Math.min(LONGEST_PATIENCE_MS, headroomMs / 2);
}

/** The least headroom of the module's streams when the gates were asked; null where none was taken. */
function headroomOf({ run }: StepContext): number | null {
  return numberIn(run.earlier, 'gates', 'headroomMs');
}

function numberIn(memory: StepMemory, step: string, field: string): number | null {
  const value = memory.result(step)?.[field];
  return typeof value === 'number' ? value : null;
}
