// An operator's process, to be killed, stopped and raced against. Prints one line of JSON an event.
//   node operator.mjs <built package> <redis url> <task> <JSON of the task's options>
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [, , built, url, task, json] = process.argv;
const room = (name) => import(pathToFileURL(join(built, 'dist', name, 'index.js')).href);
const { guardStreams, Journal, Lease } = await room('journal');
const { CREATE_GROUP, ownKeys, RedisLink } = await room('redis');
const { systemClock: clock } = await room('problems');

const options = JSON.parse(json);
// Written at once, so that nothing said before a SIGKILL is lost.
const say = (event) => writeSync(1, `${JSON.stringify(event)}\n`);

const tasks = {
  /** Appends records until it is killed; one that is refused is left out. */
  async append({ stateDir, bytes }) {
    const journal = await Journal.open(stateDir, { clock });
    for (let n = 0; ; n += 1) {
      const data = { n, filling: 'x'.repeat((n * 7919) % bytes) };
      try {
        const { seq, hash } = await journal.append({ type: 'ack', run: 'r', data, redisAt: null });
        say({ seq, hash });
      } catch (error) {
        say({ code: error.code, refused: error.record?.data.n });
        await pause(50);
      }
    }
  },

  /** Holds the lease until it is lost, then tries to change the stream all the same. */
  async hold({ prefix, stream, ttlMs, renewMs }) {
    const link = await RedisLink.open({ url, username: null, password: null }, 'operator');
    const lease = await Lease.acquire({
      ...{ link, prefix, run: 'theirs', verb: 'migrate', clock, takeOver: 'none', ttlMs, renewMs },
    });
    await guardStreams(link, lease.token, [stream]);
    const change = (group) =>
      link
        .script(CREATE_GROUP, [stream, ownKeys.tokenOf(stream)], [lease.token, group, '0-0'])
        .then(
          (answer) => answer,
          (error) => error.message,
        );
    say({ token: lease.token, change: await change('first') });
    await new Promise((resolve) => lease.signal.addEventListener('abort', resolve, { once: true }));
    say({ lost: lease.signal.reason.code, change: await change('second') });
    await lease.release();
    link.close();
  },

  /** Takes the lease again and again, logs when it has it, and now and then dies with it. */
  async contend({ prefix, log, rounds, dies }) {
    const link = await RedisLink.open({ url, username: null, password: null }, 'operator');
    for (let round = 0; round < rounds; ) {
      let lease;
      try {
        lease = await Lease.acquire({
          link,
          prefix,
          run: 'r',
          verb: 'migrate',
          clock,
          takeOver: 'none',
        });
      } catch (error) {
        if (error.code !== 'lease.held') throw error;
        await pause(Math.random() * 5);
        continue;
      }
      round += 1;
      await link.command('RPUSH', log, `+${lease.token}`);
      await pause(Math.random() * 5);
      await link.command('RPUSH', log, `-${lease.token}`);
      if (dies && round === rounds) process.kill(process.pid, 'SIGKILL');
      await lease.release();
    }
    link.close();
  },
};

await tasks[task](options);
