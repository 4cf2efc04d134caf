import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** Takes in what a command prints, up to the last so many bytes of each output. */
export interface OutputCapture {
  /** For the options of execa. */
  readonly stdio: { readonly stdout: 'pipe' | 'ignore'; readonly stderr: 'pipe' | 3 };
  attach(stdout: Readable | null, stderr: Readable | null): void;
  /** To be called once the command has ended. */
  finish(): Promise<CapturedOutput>;
  dispose(): Promise<void>;
}

interface CapturedOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

/** After the command has ended, its output is over when nothing more came for so long … */
const REST_MS = 250;
/** … and at the latest after so many times that, whatever those it left behind go on printing. */
const MOST_RESTS = 8;

/** Through pipes. They are closed soon after the command's end, whoever else may hold them open. */
export function capturePipes(limit: number): OutputCapture {
  const outputs: { readonly stream: Readable; readonly tail: Tail }[] = [];
  const ended: Promise<void>[] = [];
  let received = 0;
  return {
    stdio: { stdout: 'pipe', stderr: 'pipe' },
    attach(...streams) {
      for (const stream of streams) {
        if (stream === null) continue;
        const tail = new Tail(limit);
        stream.on('data', (chunk: Buffer) => {
          received += chunk.length;
          tail.add(chunk);
        });
        ended.push(new Promise((resolve) => stream.once('close', resolve)));
        outputs.push({ stream, tail });
      }
    },
    async finish() {
      const allEnded = Promise.all(ended).then(() => true);
      for (let rests = 0; rests < MOST_RESTS; rests += 1) {
        const before = received;
        if (await Promise.race([allEnded, restOver()])) break;
        if (received === before) break;
      }
      for (const { stream } of outputs) stream.destroy();
      const [stdout, stderr] = outputs.map(({ tail }) => tail);
      return {
        stdout: stdout?.text() ?? '',
        stderr: stderr?.text() ?? '',
        truncated: outputs.some(({ tail }) => tail.truncated),
      };
    },
    dispose: async () => undefined,
  };
}

/**
 * Only stderr, through a file that is removed afterwards. A process that was left running goes on
 * writing to the removed file, which harms it less than a closed pipe: that would end it.
 */
export async function captureToFile(limit: number): Promise<OutputCapture> {
  const directory = await mkdtemp(join(tmpdir(), 'orion-bus-command-'));
  const file = await open(join(directory, 'stderr'), 'a+', 0o600);
  return {
    // execa's types name the descriptors 3 to 9 only, but any open one is handed on.
    stdio: { stdout: 'ignore', stderr: file.fd as 3 },
    attach: () => undefined,
    async finish() {
      const { size } = await file.stat();
      const kept = Math.min(size, limit);
      const { buffer } = await file.read(Buffer.alloc(kept), 0, kept, size - kept);
      return { stdout: '', stderr: textOf(buffer, size > kept), truncated: size > kept };
    },
    async dispose() {
      await file.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** After a busy spell the timer comes before what is waiting to be read: so one turn more for that. */
async function restOver(): Promise<false> {
  await sleep(REST_MS);
  await nextTurn();
  return false;
}

/** The last `limit` bytes of what was added. */
class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Only now and then, so that many small chunks are not copied again with every one that comes.
    if (this.#bytes > 2 * this.#limit + chunk.length) this.#cut();
  }

  text(): string {
    this.#cut();
    return textOf(Buffer.concat(this.#chunks), this.truncated);
  }

  #cut(): void {
    if (this.#bytes <= this.#limit) return;
    const kept = Buffer.concat(this.#chunks).subarray(this.#bytes - this.#limit);
    this.#chunks = [kept];
    this.#bytes = kept.length;
    this.truncated = true;
  }
}

/** Where the beginning was cut off, what is left of the first character goes too. */
function textOf(bytes: Buffer, cut: boolean): string {
  let start = 0;
  while (cut && start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString('utf8', start);
}
