import { PROBE_TYPE, roundTrip } from '../bus/index.js';
import { OrionError } from '../problems/index.js';
import { lookingPhaseKind } from './define-step.js';

const TIMEOUT_MS = 3_000;

/**
 * Guide, phase 3: a published test event appears in its stream, valid. It has a stream of its own, since
 * modules would act on one among their messages; the newest entry is looked at, which is the test event.
 */
export const testEvent = lookingPhaseKind({
  name: 'test-event',
  summary: 'A test event published through the target bus is found in its stream, as it was sent.',
  nature: 'check',
  describe: ({ plan }) =>
    plan.target.url === null
      ? 'publish a test event through the library'
      : `publish a test event through ${plan.target.url}`,
  async look({ plan, redis, clock }) {
    const { url } = plan.target;
    const result = await roundTrip({
      link: redis,
      prefix: plan.streams.prefix,
      via: url === null ? { kind: 'library' } : { kind: 'http', url },
      clock,
      timeoutMs: TIMEOUT_MS,
    });
    if (!result.ok) {
      throw new OrionError({
        kind: 'flow',
        code: 'test-event.lost',
        message: `A message of type ${PROBE_TYPE} did not come back: ${result.problem ?? 'unknown'}.`,
        hint: `It broke at: ${result.stage ?? 'unknown'}.`,
        next: ['orion-bus validate'],
      });
    }
    return { way: result.way, milliseconds: result.milliseconds, note: result.note ?? null };
  },
  findings: ({ note }) =>
    typeof note === 'string'
      ? [{ id: 'test-event.library', status: 'warn', message: `${note}; the library was asked` }]
      : [],
});
