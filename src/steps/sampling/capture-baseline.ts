import { type Baseline, baselineOf, type Sample } from '../../evidence/index.js';
import { OrionError } from '../../problems/index.js';
import { Sampler } from './sampler.js';
import type { SamplingContext } from './sampling-context.js';

/** A period is seen in at least so many parts, however short it is. */
const LEAST_SAMPLES = 6;

export interface CaptureOptions {
  /** How long the source bus is looked at, in ms. */
  readonly durationMs: number;
  /** Ends the capture; nothing is kept of it then. */
  readonly signal: AbortSignal;
  readonly onSample?: (taken: number, of: number) => void;
}

/**
 * Looks at the source bus for a while and says what was seen; stores nothing.
 * @throws {OrionError} `baseline.interrupted`; `baseline.empty` where Redis was never there
 */
export async function captureBaseline(
  context: SamplingContext,
  { durationMs, signal, onSample }: CaptureOptions,
): Promise<Baseline> {
  const { clock, plan } = context;
  const parts = Math.max(LEAST_SAMPLES, Math.ceil(durationMs / plan.watch.everyMs));
  const sampler = new Sampler(context);
  const samples: Sample[] = [];
  const began = clock.now();
  for (let part = 0; part <= parts; part += 1) {
    await clock.sleep(began + (part * durationMs) / parts - clock.now(), signal);
    if (signal.aborted) throw interrupted();
    const sample = await sampler.take();
    if (sample.clock === 'redis') samples.push(sample);
    onSample?.(part, parts);
  }
  const baseline = baselineOf(samples);
  if (baseline === null) throw empty();
  return baseline;
}

function interrupted(): OrionError {
  return new OrionError({
    kind: 'interrupted',
    code: 'baseline.interrupted',
    message: 'The capture was interrupted.',
    hint: 'Nothing was stored; a baseline captured before is still there.',
    next: ['orion-bus baseline'],
  });
}

function empty(): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'baseline.empty',
    message: 'Redis did not answer long enough for a baseline.',
    hint: 'Nothing was stored; a baseline captured before is still there.',
    next: ['orion-bus validate', 'orion-bus baseline'],
  });
}
