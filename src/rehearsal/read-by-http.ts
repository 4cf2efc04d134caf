import type { ModuleRole, ModuleRuntime } from './module-role.js';
import type { ReadAt, StandInWork } from './stand-in-work.js';

const AGAIN_MS = 50;

/**
 * Reads as a module that was moved to the target bus over HTTP, in whatever language it is written: it comes
 * back when its subscription ends, and tries an acknowledgement until it is taken. A signal ends it at once.
 */
export async function readByHttp(
  { targetUrl, batch }: ModuleRole,
  { type, group, consumer }: ReadAt,
  work: StandInWork,
  { clock, log }: ModuleRuntime,
): Promise<void> {
  const query = new URLSearchParams({ group, consumer, credit: String(batch), start: 'beginning' });
  const acks = `${targetUrl}/acks/${type}/${encodeURIComponent(group)}`;
  for (;;) {
    const answer = await fetch(`${targetUrl}/messages/${type}?${query}`).catch(() => null);
    if (answer?.status === 200 && answer.body !== null) {
      for await (const { id, data } of messagesIn(answer.body)) {
        await work.handle(id, data);
        while (!(await acknowledged(acks, id))) await clock.sleep(AGAIN_MS);
      }
    } else {
      log(`subscribing to ${type} as ${group} failed: ${answer?.status ?? 'no answer'}`);
      await answer?.body?.cancel();
    }
    await clock.sleep(AGAIN_MS);
  }
}

async function acknowledged(url: string, id: string): Promise<boolean> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ids: [id] }),
  }).catch(() => null);
  await answer?.text().catch(() => '');
  return answer?.status === 200;
}

/** The server-sent events called `message`, until the stream ends, however it ends. */
async function* messagesIn(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly id: string; readonly data: string }> {
  let rest = '';
  try {
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + part).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, id, data] = /^id: (\S+)\nevent: message\ndata: (.*)$/.exec(block) ?? [];
        if (id !== undefined && data !== undefined) yield { id, data };
      }
    }
  } catch {
    // The connection broke: the caller comes back.
  }
}
