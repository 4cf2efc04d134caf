import { type Baseline, readBaseline } from '../evidence/index.js';
import { OrionError } from '../problems/index.js';

/** The stored baseline; null also where it cannot be read, since whoever judges errors must not wait for it. */
export async function baselineOrNone(stateDir: string): Promise<Baseline | null> {
  try {
    return await readBaseline(stateDir);
  } catch (error) {
    if (error instanceof OrionError) return null;
    throw error;
  }
}
