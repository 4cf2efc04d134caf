import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestRedis } from './redis-server.js';

/** A TCP connection to a test's Redis that can fail in every way a network can. */
export interface CuttingProxy {
  readonly url: string;
  /** Ends every connection. */
  cut(): void;
  /** Ends the connection in the middle of the next reply that contains the text; resolves then. */
  cutReply(text: string): Promise<void>;
  /** Lets the next request that contains the text through, then ends its connection before the reply. */
  cutAfterRequest(text: string): Promise<void>;
  /** The connections that stand stay open and carry nothing any more; new ones work. */
  freeze(): void;
  close(): Promise<void>;
}

interface Cut {
  readonly text: string;
  readonly when: 'request' | 'reply';
  readonly done: () => void;
}

export async function startProxy(redis: TestRedis): Promise<CuttingProxy> {
  const socketPath = join(redis.directory, 'redis.sock');
  const pairs = new Set<readonly [Socket, Socket]>();
  let cuts: Cut[] = [];

  const server = createServer((client) => {
    const upstream = connect(socketPath);
    const pair = [client, upstream] as const;
    let doomed: Cut | null = null;
    pairs.add(pair);
    const end = (): void => {
      for (const socket of pair) socket.destroy();
      pairs.delete(pair);
    };
    const take = (when: Cut['when'], chunk: Buffer): Cut | null => {
      const found = cuts.find((cut) => cut.when === when && chunk.includes(cut.text)) ?? null;
      cuts = cuts.filter((cut) => cut !== found);
      return found;
    };
    for (const socket of pair) {
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (chunk: Buffer) => {
      doomed ??= take('request', chunk);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (doomed !== null) {
        end();
        doomed.done();
        return;
      }
      const cut = take('reply', chunk);
      if (cut === null) {
        client.write(chunk);
        return;
      }
      client.write(chunk.subarray(0, chunk.length / 2), () => {
        end();
        cut.done();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const next = (when: Cut['when'], text: string): Promise<void> =>
    new Promise((done) => {
      cuts.push({ text, when, done });
    });
  return {
    url: `redis://127.0.0.1:${port}`,
    cut: () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
    cutReply: (text) => next('reply', text),
    cutAfterRequest: (text) => next('request', text),
    freeze: () => {
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    close: async () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
