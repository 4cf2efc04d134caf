import type { WatchEvent } from '../watch/index.js';

/** An event of the watching as one line of a log: for people, or a JSON document. */
export function watchLine(event: WatchEvent, atMs: number, json: boolean): string {
  const at = new Date(atMs).toISOString();
  if (json) return JSON.stringify({ at, ...documentOf(event) });
  return `${at} ${textOf(event)}`;
}

/** A sample is in its file already: the log needs only what was concluded from it. */
function documentOf(event: WatchEvent): object {
  if (event.type !== 'sampled') return event;
  const { sample, ...rest } = event;
  return { ...rest, atMs: sample.atMs, clock: sample.clock };
}

function textOf(event: WatchEvent): string {
  switch (event.type) {
    case 'sampled': {
      const { holding, inDoubt } = event;
      const holds = holding.length === 0 ? 'nothing is wrong' : `WRONG: ${holding.join(', ')}`;
      return `sampled; ${holds}${inDoubt.length === 0 ? '' : `; in doubt: ${inDoubt.join(', ')}`}`;
    }
    case 'listening':
      return `metrics at ${event.url}`;
    case 'problem':
      return event.message;
    case 'halt.raised':
      return event.raised
        ? `HALT raised: ${event.reason}`
        : `a halt is in force already; it would be raised for: ${event.reason}`;
    case 'rollback.announced':
      return `ROLLBACK at ${event.dueAt} unless the halt is cleared: ${event.command}`;
    case 'rollback.called-off':
      return `the rollback is called off: ${event.command}`;
    case 'rollback.begun':
      return `ROLLBACK begins: ${event.command}`;
    case 'rollback.ended':
      return `the rollback ended with ${event.exitCode} (${event.text}): ${event.command}`;
    case 'drift':
      return `${event.group} on ${event.stream} was moved by somebody else (cursor ${event.cursor}, ${event.pending} pending); it is not kept warm any more`;
  }
}
