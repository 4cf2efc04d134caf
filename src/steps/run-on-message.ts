import type { Clock } from '../problems/index.js';
import { type CommandResult, runCommand } from '../services/index.js';

/** The operator's own program, which is given one message after another. */
export interface MessageCommand {
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** What the program is told beside the message itself. */
export interface MessageFacts {
  readonly id: string;
  readonly stream: string;
  readonly group: string;
  /** How often it was delivered before, as `pending` shows it. */
  readonly deliveries: number;
  /** The fields of the entry. */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Runs the program once, with the message on its standard input.
 * @param renew called about every second meanwhile, a sign that the message is being worked on
 * @returns null where it handled the message (exit 0), else why not
 * @throws {OrionError} `command.not-started`: the program itself is what is wrong
 */
export async function runOnMessage(
  { argv, timeoutMs, clock }: MessageCommand,
  { id, stream, group, deliveries, fields }: MessageFacts,
  renew: () => Promise<unknown>,
): Promise<string | null> {
  const over = new AbortController();
  const renewing = renewed(clock, over.signal, renew);
  try {
    const result = await runCommand(argv, {
      timeoutMs,
      input: fields.get('data') ?? JSON.stringify(Object.fromEntries(fields)),
      env: {
        ORION_BUS_ID: id,
        ORION_BUS_STREAM: stream,
        ORION_BUS_GROUP: group,
        ORION_BUS_DELIVERIES: String(deliveries),
      },
      maxOutputBytes: MOST_OUTPUT_BYTES,
    });
    return failureOf(result, timeoutMs);
  } finally {
    over.abort();
    await renewing;
  }
}

/** Only the end of what a failing program said is told. */
const MOST_OUTPUT_BYTES = 4_096;
const RENEW_MS = 1_000;

async function renewed(
  clock: Clock,
  over: AbortSignal,
  renew: () => Promise<unknown>,
): Promise<void> {
  for (;;) {
    await clock.sleep(RENEW_MS, over);
    if (over.aborted) return;
    // Whether it is still ours is asked again by the acknowledgement.
    await renew().catch(() => undefined);
  }
}

function failureOf(result: CommandResult, timeoutMs: number): string | null {
  if (result.exitCode === 0 && !result.timedOut) return null;
  const how = result.timedOut
    ? `ended after ${timeoutMs} ms`
    : result.signal !== null
      ? `ended by ${result.signal}`
      : `exit ${result.exitCode ?? 'unknown'}`;
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  return said === '' ? how : `${how}: ${said}`;
}
