import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadContracts } from '../contracts/index.js';
import { type Clock, type ExitCode, messageOf, OrionError } from '../problems/index.js';
import { type RedisAddress, RedisLink } from '../redis/index.js';
import type { Secret } from './access.js';
import { createBusServer } from './bus-server.js';
import { createLog, type Log, type LogLevel } from './log.js';
import { ReloadableContracts } from './reloadable-contracts.js';

/*
 * The life of `orion-bus serve`.
 *
 * *starting*: contracts are loaded, Redis is tried for a few seconds, the port is taken. Whatever is
 *   missing ends the daemon with an error; a signal ends it at once with 0, as nothing was begun.
 * *serving*: SIGHUP loads the contracts anew. Redis may come and go.
 * *stopping*: entered by SIGTERM or SIGINT; ends with 0 when the server has stopped, with 130 when a
 *   second signal cut it short.
 */

export interface BusDaemonOptions {
  readonly redis: RedisAddress;
  readonly contractsDirectory: string;
  readonly strictFormats: boolean;
  readonly prefix: string;
  readonly maxLength: number;
  readonly host: string;
  /** 0 takes a free port; the log line `listening` says which. */
  readonly port: number;
  readonly token: Secret | null;
  readonly logLevel: LogLevel;
  readonly version: string;
  /** After this time without a sign of life an entry is anybody's, in milliseconds; 60,000 when left out. */
  readonly minIdleMs?: number;
  /** How long requests in flight may take after the signal; 10 s when left out. */
  readonly stopDeadlineMs?: number;
}

export interface BusDaemonRuntime {
  /** Where signals come from: `process`, outside of tests. */
  readonly signals: SignalSource;
  /** Takes each line of the log, without its line break. */
  readonly log: (line: string) => void;
  readonly clock: Clock;
}

export interface SignalSource {
  on(name: BusSignal, listener: () => void): unknown;
  off(name: BusSignal, listener: () => void): unknown;
}

type BusSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

const STOP_DEADLINE_MS = 10_000;
/** With the time of one attempt, a start without Redis fails within about 5 s. */
const REDIS_PATIENCE_MS = 3_500;
const REDIS_RETRY_MS = 300;

/**
 * Runs the bus until a signal ends it.
 * @returns the exit code: 0 after an orderly stop, 130 after a second signal
 * @throws {OrionError} when it cannot start: `redis.unreachable`, `redis.refused`,
 * `http.port-taken`, `http.token-needed`, or what is wrong with the contracts
 */
export async function runBusDaemon(
  options: BusDaemonOptions,
  { signals, log: sink, clock }: BusDaemonRuntime,
): Promise<ExitCode> {
  // Under load V8 else lets both generations grow for garbage that dies at once, to 160 MB where 90 do,
  // on machines where 100 is the target. `bin/run.js` says so before anything is loaded.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=15');
  const log = createLog(sink, options.logLevel, clock);
  const stop = new AbortController();
  const hurry = new AbortController();
  const onStop = (): void => (stop.signal.aborted ? hurry : stop).abort();
  let onReload = (): void => undefined;
  const onHangup = (): void => onReload();
  signals.on('SIGTERM', onStop);
  signals.on('SIGINT', onStop);
  signals.on('SIGHUP', onHangup);
  try {
    const contracts = await ReloadableContracts.open(() =>
      loadContracts({
        directory: options.contractsDirectory,
        strictFormats: options.strictFormats,
      }),
    );
    const link = await openPatiently(options.redis, clock, log, stop.signal);
    if (link === null) return 0;
    const server = await createBusServer({ ...options, link, contracts, log, clock }).catch(
      (error: unknown) => {
        link.close();
        throw error;
      },
    );
    let reloading = Promise.resolve();
    onReload = () => {
      // One after the other, so that what is read last is what stays.
      reloading = reloading.then(() => reload(contracts, log));
    };
    collectOnce();
    log('info', 'listening', {
      url: server.url,
      port: server.port,
      pid: process.pid,
      version: options.version,
      redis: link.url,
      prefix: options.prefix,
      maxLength: options.maxLength,
      contracts: contracts.types.length,
    });
    await aborted(stop.signal);
    log('info', 'stopping');
    const { cut, left } = await server.stop(
      options.stopDeadlineMs ?? STOP_DEADLINE_MS,
      hurry.signal,
    );
    for (const { type, group, consumer, unacknowledged } of left) {
      log('warn', 'left pending', { type, group, consumer, unacknowledged });
    }
    const pending = left.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0);
    log(cut + pending === 0 ? 'info' : 'warn', 'stopped', { cut, pending });
    return hurry.signal.aborted ? 130 : 0;
  } finally {
    signals.off('SIGTERM', onStop);
    signals.off('SIGINT', onStop);
    signals.off('SIGHUP', onHangup);
  }
}

/** What loading and compiling has left is 5 MB that nobody would collect before the heap has grown by more. */
function collectOnce(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}

/** @returns null when told to stop before Redis answered */
async function openPatiently(
  address: RedisAddress,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<RedisLink | null> {
  const until = clock.now() + REDIS_PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const link = await RedisLink.open(address, 'orion-bus-serve');
      if (!signal.aborted) return link;
      link.close();
      return null;
    } catch (error) {
      if (signal.aborted) return null;
      // A wrong password does not become right by waiting.
      const hopeless = error instanceof OrionError && error.code === 'redis.refused';
      if (hopeless || clock.now() > until) throw error;
      if (attempt === 1) log('warn', 'waiting for redis', { problem: messageOf(error) });
      await clock.sleep(REDIS_RETRY_MS, signal);
    }
  }
}

async function reload(contracts: ReloadableContracts, log: Log): Promise<void> {
  try {
    await contracts.reload();
    log('info', 'contracts reloaded', { contracts: contracts.types.length });
  } catch (error) {
    log('error', 'contracts not reloaded, the old ones stay', { problem: messageOf(error) });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
