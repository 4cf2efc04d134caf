import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { builtPackage } from '../support/built.js';
import type { TestRedis } from '../support/redis-server.js';

const PROGRAM = fileURLToPath(new URL('../support/bus-consumer.mjs', import.meta.url));

export type Deed = 'die' | 'hang' | 'linger' | 'finish' | 'freeze';

export interface ConsumerProcess {
  /** What it has printed so far, by lines. */
  readonly lines: readonly string[];
  thaw(): void;
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
  /** Resolves to the signal that ended it, or null where it ended by itself. */
  readonly ended: Promise<string | null>;
}

export async function startConsumer(
  redis: TestRedis,
  options: object,
  deeds: Readonly<Record<number, Deed>>,
): Promise<ConsumerProcess> {
  const directory = await builtPackage();
  const child = execa(
    process.execPath,
    [PROGRAM, directory, redis.url, JSON.stringify(options), JSON.stringify(deeds)],
    { reject: false, stdin: 'pipe', stderr: 'inherit' },
  );
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += String(chunk);
  });
  return {
    get lines() {
      return printed.split('\n').slice(0, -1);
    },
    thaw: () => void child.stdin.write('x'),
    kill: (signal) => void child.kill(signal),
    ended: child.then(({ signal }) => signal ?? null),
  };
}
