import { OrionError } from '../problems/index.js';
import type { BusMetrics } from './bus-metrics.js';
import { ContractViolation } from './contract-violation.js';
import type { Log } from './log.js';

const MOST_LOGGED = 10;
const LONGEST_POINTER = 200;
const REFUSALS = ['redis.out-of-memory', 'redis.write-refused'];

/** What is logged and counted about publishing. No payload gets into either. */
export interface PublishNotes {
  succeeded(type: string, seconds: number): void;
  failed(type: string, error: unknown): void;
}

export function createPublishNotes(log: Log, metrics: BusMetrics): PublishNotes {
  // The trouble that publishing is in. It is logged when it begins, not for every message turned away.
  let trouble: string | null = null;

  return {
    succeeded: (type, seconds) => {
      if (trouble !== null) log('info', 'redis takes messages again', { after: trouble });
      trouble = null;
      metrics.published(type, seconds);
    },
    failed: (type, error) => {
      if (!(error instanceof OrionError)) return;
      if (error instanceof ContractViolation) {
        metrics.contractBroken(type);
        const violations = error.violations.slice(0, MOST_LOGGED).map(({ pointer, expected }) => ({
          pointer: pointer.slice(0, LONGEST_POINTER),
          expected,
        }));
        const count = error.violations.length + error.omitted;
        log('warn', 'contract validation failed', { type, count, violations });
        return;
      }
      if (error.code.startsWith('redis.')) metrics.publishFailed(type);
      if (!REFUSALS.includes(error.code)) {
        log('debug', 'message refused', { type, code: error.code });
        return;
      }
      if (trouble !== error.code)
        log('error', 'redis refuses messages', { problem: error.message });
      trouble = error.code;
    },
  };
}
