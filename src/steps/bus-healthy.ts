import { busHealth } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { lookingKind } from './define-step.js';

const TIMEOUT_MS = 3_000;

/** The bus that receives answers its health endpoint; the source bus has none (wire facts). */
export const busHealthy = lookingKind({
  name: 'bus-healthy',
  summary: 'The receiving bus answers its health endpoint.',
  nature: 'check',
  describe: ({ plan, receiving }) =>
    plan[receiving].url === null
      ? `the ${receiving} bus has no health endpoint to ask`
      : `ask ${plan[receiving].url}/health`,
  async look({ plan, receiving }) {
    const { url, name } = plan[receiving];
    if (url === null) return { asked: false };
    const health = await busHealth(url, TIMEOUT_MS);
    if (!health.ok) {
      throw new OrionError({
        kind: 'prerequisite',
        code: 'bus.unhealthy',
        message: `The ${receiving} bus ${name} at ${url} is not healthy: ${health.problem}.`,
        hint: 'Start it, or correct target.url.',
        next: ['orion-bus validate'],
      });
    }
    return { asked: true, milliseconds: health.milliseconds, version: health.version };
  },
});
