import { OrionError } from '../problems/index.js';
import { isServerError } from '../redis/index.js';

/** A script refused for its fencing token means that another operator took over. */
export async function fenced<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isServerError(error) && error.message.includes('FENCED')) {
      throw new OrionError({
        kind: 'lease',
        code: 'lease.lost',
        message: 'Another operator took over: Redis refused the change.',
        hint: 'Nothing was written by this call.',
        next: ['orion-bus status'],
        cause: error,
      });
    }
    throw error;
  }
}
