export { type Baseline, baselineOf } from './baseline.js';
export { readBaseline, writeBaseline } from './baseline-file.js';
export type * from './sample.js';
export {
  appendSample,
  readSamples,
  removeSamplesBefore,
  SampleLog,
  type SampleRange,
  type SampleStream,
} from './sample-store.js';
export { validationSample } from './validation-sample.js';
