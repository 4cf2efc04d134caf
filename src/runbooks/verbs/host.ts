import type { Plan } from '../../facts/index.js';
import type { LeaseHolder } from '../../journal/index.js';
import type { Clock } from '../../problems/index.js';
import type { StepContext } from '../../steps/index.js';
import type { Interruption } from '../attempt.js';
import type { RunEvent } from '../run-events.js';
import type { Runbook } from '../runbook.js';

/** What a verb works on: everything is open already and is closed by whoever opened it. */
export interface Host {
  readonly plan: Plan;
  readonly redis: StepContext['redis'];
  readonly capabilities: StepContext['capabilities'];
  readonly services: StepContext['services'];
  readonly contracts: StepContext['contracts'];
  readonly clock: Clock;
  readonly runbooks: ReadonlyMap<string, Runbook>;
  readonly interruption: Interruption;
  readonly emit: (event: RunEvent) => void;
  /** Told while another host's lease is waited for. */
  readonly onWait: (holder: LeaseHolder, remainingMs: number) => void;
}
