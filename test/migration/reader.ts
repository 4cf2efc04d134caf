import { RedisLink, textOf } from '../../src/redis/index.js';
import type { Host } from '../../src/rehearsal/index.js';
import { until } from '../support/until.js';

/**
 * A reader nobody expects, as a forgotten test run is: it reads, and acknowledges nothing.
 * @returns ends it; resolves when it waits for messages
 */
export async function reader(
  host: Host,
  stream: string,
  group: string,
  consumer: string,
): Promise<() => Promise<void>> {
  const link = await RedisLink.open(host.address, 'forgotten');
  let reading = true;
  const read = async (): Promise<void> => {
    while (reading) {
      const how = ['GROUP', group, consumer, 'COUNT', 1, 'BLOCK', 1_000] as const;
      await link.command('XREADGROUP', ...how, 'STREAMS', stream, '>').catch(() => undefined);
    }
  };
  const ended = read();
  await until(async () =>
    /name=forgotten .*cmd=xreadgroup/.test(textOf(await host.redis.command('CLIENT', 'LIST'))),
  );
  return async () => {
    reading = false;
    link.close();
    await ended;
  };
}
