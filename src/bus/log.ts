import type { Clock, JsonObject } from '../problems/index.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What happened, with the facts beside it; never a payload or a secret. */
export type Log = (level: LogLevel, message: string, facts?: JsonObject) => void;

/**
 * A log of one JSON document a line.
 * @param sink takes each line, without its line break
 */
export function createLog(sink: (line: string) => void, lowest: LogLevel, clock: Clock): Log {
  return (level, message, facts = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(lowest)) return;
    const at = new Date(clock.now()).toISOString();
    sink(JSON.stringify({ at, level, message, ...facts }));
  };
}
