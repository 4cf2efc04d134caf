/*
 * A module that consumes events with the library, in a process of its own, so that it can die of them.
 * Arguments: directory of a built package, URL of Redis, options of the subscription as JSON, and what
 * to do with which number, as JSON: {"2":"die"}. It prints `begin <n> <deliveries>` and `done <n>`.
 *   die      ends this process by SIGKILL, in the middle
 *   linger   takes a moment, so that a death beside it comes before its end
 *   finish   ends it by SIGKILL after the work, before the acknowledgement
 *   hang     never comes to an end
 *   freeze   keeps the event loop busy until a byte comes on standard input, then waits to be told
 */
import { readSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [directory, redisUrl, options, deeds] = process.argv.slice(2);
const { createBus } = await import(pathToFileURL(`${directory}/dist/bus/index.js`).href);
const say = (text) => process.stdout.write(`${text}\n`);
const deedOf = JSON.parse(deeds);
const bus = await createBus({ redisUrl });
const onProblem = ({ code }) => say(`problem ${code}`);

const die = () => {
  process.kill(process.pid, 'SIGKILL');
  // The signal comes a moment later; nothing may happen until then.
  for (;;);
};

await bus.subscribe('event', { ...JSON.parse(options), onProblem }, async (event, delivery) => {
  const n = event.data.n;
  say(`begin ${n} ${delivery.deliveries}`);
  if (deedOf[n] === 'die') die();
  if (deedOf[n] === 'hang') await new Promise(() => undefined);
  if (deedOf[n] === 'freeze' && delivery.deliveries === 1) {
    readSync(0, Buffer.alloc(1));
    // Time for the sign of life that finds out that the entry is another's.
    await new Promise((resolve) => {
      delivery.signal.addEventListener('abort', resolve, { once: true });
    });
    say(`told ${n}`);
  }
  if (deedOf[n] === 'linger') await new Promise((resolve) => setTimeout(resolve, 30));
  say(`done ${n}`);
  if (deedOf[n] === 'finish') die();
});
say('ready');
process.on('SIGTERM', async () => {
  say(`left ${JSON.stringify(await bus.close({ drainMs: 10_000 }))}`);
});
