import type { Changing } from '../runbooks/index.js';
import { openLiveScreen } from '../ui/index.js';
import type { Answer } from './answer.js';
import { interrupted } from './interruption.js';
import { type LagLimits, lagContext } from './lag-answer.js';
import { carryOutChange } from './lag-changes.js';
import { LagFeed } from './lag-feed.js';
import { LagViewer } from './lag-viewer.js';
import { lookOf } from './output.js';
import type { Session } from './session.js';
import type { Surroundings } from './surroundings.js';

export interface LiveLagRequest {
  readonly name: string | undefined;
  readonly readOnly: boolean;
  readonly colour: boolean;
  readonly limits: LagLimits;
}

/** Whether somebody sits there who can see a view and press keys. */
export function hasViewer({ env, stdin, stdout }: Surroundings): boolean {
  // What runs for a build has no one at its terminal; ink draws nothing there either.
  const inBuild = ['CI', 'CONTINUOUS_INTEGRATION'].some(
    (name) => ![undefined, '0', 'false'].includes(env[name]),
  );
  return stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb' && !inBuild;
}

/** Shows the live view until one leaves it. @throws {OrionError} `interrupted` where a signal ended it */
export async function liveLag(session: Session, request: LiveLagRequest): Promise<Answer> {
  const { config, surroundings } = session;
  const { clock, stdin, stdout, interruption } = surroundings;
  const context = await lagContext(session, request.limits);
  const { redis, plan } = context;
  const signal = interruption.takeSignal();
  const viewer = new LagViewer(
    {
      plan,
      feed: new LagFeed({
        ...context,
        services: session.services(),
        contracts: () => session.contracts(),
        name: request.name,
      }),
      change: (change, { interrupted: stops, tell }) => {
        const host: Changing = {
          ...{ plan: config, redis, clock },
          onWait: ({ host: holder, verb }, remainingMs) => {
            const seconds = Math.ceil(remainingMs / 1_000);
            tell({
              text: `${holder} holds the lease (${verb}); waiting ${seconds} s`,
              tone: 'warn',
            });
          },
        };
        return carryOutChange(host, change, stops);
      },
      openScreen: (options) =>
        openLiveScreen({
          ...options,
          ...{ stdin, stdout },
          colour: lookOf(surroundings, 'stdout', request.colour).colour,
        }),
      redisUrl: redis.url,
      readOnly: request.readOnly,
      clock,
      signal,
    },
    { columns: stdout.columns, rows: stdout.rows },
  );
  await viewer.run();
  if (signal.aborted) throw interrupted('a signal');
  return { document: {}, page: [] };
}
