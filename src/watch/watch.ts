import { messageOf } from '../problems/index.js';
import { becomeOnlyWatcher } from './only-watcher.js';
import { serveMetrics, WatchMetrics } from './watch-metrics.js';
import { type Round, Watcher, type WatcherOptions } from './watcher.js';

export interface WatchOptions extends WatcherOptions {
  /** Null for nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  /** Ends the watching after the round that is under way. */
  readonly signal: AbortSignal;
}

/**
 * Watches until told to end; or takes one round. Rounds begin at whole multiples of the interval of
 * this host's clock, so that they do not drift; one that takes longer passes over those it has missed.
 * @returns the last round
 * @throws {OrionError} `watch.running`
 */
export async function watch(options: WatchOptions): Promise<Round | null> {
  const { context, serves, signal, say } = options;
  const { plan, clock } = context;
  const place = await becomeOnlyWatcher(plan.stateDir, clock);
  const metrics = await WatchMetrics.open();
  const server =
    serves && options.metrics !== null
      ? await serveMetrics(metrics, options.metrics).catch((error: unknown) => {
          // To guard matters more than to be scraped.
          say({ type: 'problem', message: `The metrics are not served: ${messageOf(error)}` });
          return null;
        })
      : null;
  if (server !== null) say({ type: 'listening', url: server.url });
  try {
    const watcher = await Watcher.open(options);
    let last: Round | null = null;
    for (;;) {
      try {
        last = await watcher.round();
        metrics.tell(last);
        await place.renew();
      } catch (error) {
        if (!serves) throw error;
        say({ type: 'problem', message: messageOf(error) });
      }
      if (!serves || signal.aborted) return last;
      const { everyMs } = plan.watch;
      await clock.sleep(everyMs - (clock.now() % everyMs), signal);
      if (signal.aborted) return last;
    }
  } finally {
    await server?.close();
    await place.leave();
  }
}
