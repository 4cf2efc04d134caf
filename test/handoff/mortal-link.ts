import type { RedisLink } from '../../src/redis/index.js';

/** Stands for the end of the process: nothing after it happened. */
export class ProcessEnded extends Error {}

/** The same connection for so many commands more; the next one finds its process gone. */
export function mortal(link: RedisLink, commands: number | null): RedisLink {
  let left = commands ?? Number.POSITIVE_INFINITY;
  return new Proxy(link, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        if (left <= 0) throw new ProcessEnded(`the process ended before ${String(name)}`);
        left -= 1;
        return Reflect.apply(value, target, args);
      };
    },
  });
}
