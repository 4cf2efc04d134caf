import type { StepKind } from '../steps/index.js';

/** The step kinds by the word after `uses:`. */
export type StepKinds = ReadonlyMap<string, StepKind>;
