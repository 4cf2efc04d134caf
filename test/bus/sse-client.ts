import { type ClientRequest, get, type IncomingMessage } from 'node:http';

/** One server-sent event; comments are not events. */
export interface SseEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

export interface SseClient {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Everything received so far, as it came. */
  text(): string;
  /** The next event, or null when the server has made an end. */
  next(): Promise<SseEvent | null>;
  /** Events that have come and were not asked for yet. */
  waiting(): readonly SseEvent[];
  pause(): void;
  resume(): void;
  /** Goes without a word. */
  vanish(): void;
  readonly closed: Promise<void>;
}

/** Subscribes with a socket of its own. */
export async function subscribeTo(
  url: string,
  headers: Record<string, string> = {},
): Promise<SseClient> {
  let request: ClientRequest | null = null;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request = get(url, { headers, agent: false }, resolve);
    request.on('error', reject);
  });
  let text = '';
  let rest = '';
  let ended = false;
  const events: SseEvent[] = [];
  let wake = (): void => undefined;
  response.setEncoding('utf8');
  response.on('data', (part: string) => {
    text += part;
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventOf(block);
      if (event !== null) events.push(event);
    }
    wake();
  });
  response.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    response.on('close', () => {
      ended = true;
      wake();
      resolve();
    });
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: () => text,
    next: async () => {
      while (events.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return events.shift() ?? null;
    },
    waiting: () => events,
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    vanish: () => void request?.destroy(),
    closed,
  };
}

function eventOf(block: string): SseEvent | null {
  const fields = new Map(
    block
      .split('\n')
      .filter((line) => !line.startsWith(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  if (data === undefined) return null;
  return { event: fields.get('event') ?? 'message', id: fields.get('id') ?? null, data };
}
