/*
 * A module that consumes events over HTTP, in a process of its own. Argument: the URL of its subscription.
 * It prints `got <id>` for each message, `done <id>` when it has handled it, and `settled <id>` when its
 * acknowledgement is confirmed; it comes back when its subscription ends, and tries an acknowledgement again
 * until it is taken.
 */
const subscription = new URL(process.argv[2]);
const acks = new URL(`/acks/event/${subscription.searchParams.get('group')}`, subscription);
const say = (text) => process.stdout.write(`${text}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function acknowledge(id) {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ids: [id] }),
  };
  for (;;) {
    const answer = await fetch(acks, request).catch(() => null);
    await answer?.text();
    if (answer?.status === 200) return;
    await pause(100);
  }
}

for (;;) {
  const answer = await fetch(subscription).catch(() => null);
  let rest = '';
  for await (const part of answer?.status === 200
    ? answer.body.pipeThrough(new TextDecoderStream())
    : []) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const id = /^id: (\S+)$/m.exec(block)?.[1];
      if (id === undefined) continue;
      say(`got ${id}`);
      await pause(3);
      say(`done ${id}`);
      await acknowledge(id);
      say(`settled ${id}`);
    }
  }
  await pause(100);
}
