import { writeBaseline } from '../evidence/index.js';
import { probeCapabilities } from '../redis/index.js';
import { baselinePage, GAP, line } from '../report/index.js';
import { captureBaseline } from '../steps/index.js';
import type { Answer } from './answer.js';
import type { Session } from './session.js';

/** Looks at the source bus for a while, and stores what it saw. */
export async function baselineAnswer(
  session: Session,
  options: {
    readonly durationMs: number;
    readonly signal: AbortSignal;
    readonly say: (text: string) => void;
  },
): Promise<Answer> {
  const { config, surroundings } = session;
  const link = await session.redis();
  const capabilities = await probeCapabilities(link, config.streams.prefix);
  const baseline = await captureBaseline(
    {
      plan: config,
      services: session.services(),
      contracts: () => session.contracts(),
      clock: surroundings.clock,
      redis: async () => ({ link, capabilities }),
    },
    {
      durationMs: options.durationMs,
      signal: options.signal,
      onSample: (taken, of) => options.say(`sample ${taken + 1} of ${of + 1}`),
    },
  );
  const path = await writeBaseline(config.stateDir, baseline);
  return {
    document: { ok: true, exitCode: 0, path, baseline },
    page: [...baselinePage(baseline), GAP, line(`Stored in ${path}.`)],
    next: ['orion-bus status'],
  };
}
