import { messageOf, OrionError } from '../problems/index.js';
import { sentence } from './foreign-text.js';

/**
 * What is thrown for a service that did not stop in time, after it was brought back.
 * @param bringBack releases the service and starts it again; how that ends stands in the message
 * @param why what the stop itself complained of, if it did
 * @throws {OrionError} `service.interrupted` out of `bringBack`
 */
export async function stopTimeout(
  service: string,
  limitMs: number,
  why: string | null,
  bringBack: () => Promise<void>,
): Promise<OrionError> {
  let outcome = 'it was started again and is active';
  try {
    await bringBack();
  } catch (error) {
    if (error instanceof OrionError && error.kind === 'interrupted') throw error;
    outcome = `starting it again did not succeed either: ${messageOf(error)}`;
  }
  const complaint = why === null ? '' : ` (${why})`;
  return new OrionError({
    kind: 'prerequisite',
    code: 'service.stop-timeout',
    message: `${service} had not stopped after ${limitMs / 1_000} s${complaint}; ${sentence(outcome)}`,
    hint: 'Look at what keeps it from stopping, or raise services.stopTimeout.',
    next: ['orion-bus status'],
  });
}
