import { OrionError } from '../../src/problems/index.js';

/** The error of an attempt that must fail with one that a user may meet. */
export async function problemOf(attempt: Promise<unknown>): Promise<OrionError> {
  const thrown: unknown = await attempt.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof OrionError) return thrown;
  throw new Error(`expected an OrionError, got ${String(thrown)}`);
}
