import type { BusSample, ModuleSample } from '../../evidence/index.js';
import {
  busHealth,
  countLines,
  type LogPosition,
  logPosition,
  type ModulePlan,
  residentBytes,
  type SidePlan,
  settingsSide,
} from '../../facts/index.js';
import type { ServiceState } from '../../services/index.js';
import type { SamplingContext } from './sampling-context.js';

/** Longer than any answer that could be called healthy; shorter than the time between two samples. */
const HEALTH_TIMEOUT_MS = 3_000;
/** Both buses write it in their own case. */
const CONTRACT_FAILURE = /contract validation failed/i;

type State = Pick<BusSample, 'service' | 'pid'>;

/** One of the buses, and how far its log was read. */
export async function sampleBus(
  context: SamplingContext,
  side: SidePlan,
  from: LogPosition | undefined,
  refusedBefore: number | undefined,
): Promise<{
  readonly sample: BusSample;
  readonly log: LogPosition;
  readonly refused: number | null;
}> {
  const [state, health, refused] = await Promise.all([
    stateOf(context, side.service),
    side.url === null ? null : busHealth(side.url, HEALTH_TIMEOUT_MS),
    side.url === null ? null : refusedPublishes(side.url),
  ]);
  const position = from ?? (await logPosition(side.log, side.service ?? '', context.clock.now()));
  const { counts, next } = await countLines(position, { contract: CONTRACT_FAILURE });
  return {
    sample: {
      ...state,
      healthy: health?.ok ?? null,
      healthMs: health?.milliseconds ?? null,
      rssBytes: state.pid === null ? null : await residentBytes(state.pid),
      refused: grown(refused, refusedBefore),
      contractLogErrors: counts?.contract ?? null,
    },
    log: next,
    refused,
  };
}

export async function sampleModule(
  context: SamplingContext,
  module: ModulePlan,
  from: LogPosition | undefined,
): Promise<{ readonly sample: ModuleSample; readonly log: LogPosition }> {
  const { logs } = context.plan;
  const state = await stateOf(context, module.service);
  const { side } = await settingsSide(module.settings);
  const position = from ?? (await logPosition(module.log, module.service, context.clock.now()));
  const patterns = { error: new RegExp(logs.error), critical: new RegExp(logs.critical) };
  const { counts, next } = await countLines(position, patterns);
  return {
    sample: {
      module: module.name,
      ...state,
      settings: side,
      errors: counts?.error ?? null,
      critical: counts?.critical ?? null,
    },
    log: next,
  };
}

async function stateOf({ services }: SamplingContext, service: string | null): Promise<State> {
  if (service === null) return { service: 'absent', pid: null };
  try {
    const { active, installed, mainPid } = await services.state(service);
    return { service: stateName(active, installed), pid: mainPid };
  } catch {
    // A service manager that does not answer is no reason to lose the rest of the sample.
    return { service: 'unknown', pid: null };
  }
}

function stateName(
  active: ServiceState['active'],
  installed: ServiceState['installed'],
): State['service'] {
  if (installed === false) return 'absent';
  return active === 'changing' ? 'unknown' : active;
}

/** The publishes that a bus of our own turned away, as its metrics count them; null for any other. */
async function refusedPublishes(url: string): Promise<number | null> {
  try {
    const response = await fetch(new URL('/metrics', url), {
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
      redirect: 'error',
    });
    if (!response.ok) return null;
    const text = await response.text();
    const found = [...text.matchAll(/^orion_bus_publish_failures_total(?:\{[^}]*\})? (\S+)$/gm)];
    if (!text.includes('orion_bus_publish_failures_total')) return null;
    return found.reduce((sum, [, count]) => sum + Number(count), 0);
  } catch {
    return null;
  }
}

/** A counter that went down began anew. */
function grown(now: number | null, before: number | undefined): number | null {
  if (now === null || before === undefined) return null;
  return now >= before ? now - before : now;
}
