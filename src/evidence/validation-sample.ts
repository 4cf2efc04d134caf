import type { BusSample, Sample, ValidationSample } from './sample.js';

const UNSEEN: BusSample = {
  service: 'unknown',
  healthy: null,
  healthMs: null,
  pid: null,
  rssBytes: null,
  refused: null,
  contractLogErrors: null,
};

/** The sample that a validation adds: its result, and nothing that a look would have to tell. */
export function validationSample(
  at: Pick<Sample, 'atMs' | 'clock'>,
  validation: ValidationSample,
): Sample {
  return {
    ...at,
    sinceMs: null,
    target: UNSEEN,
    source: UNSEEN,
    streams: [],
    groups: [],
    modules: [],
    redisLogErrors: null,
    validation,
  };
}
