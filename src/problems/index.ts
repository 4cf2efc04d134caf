export { type Clock, systemClock } from './clock.js';
export { EXIT_CODE_OF_KIND, EXIT_CODES, type ExitCode, type ProblemKind } from './exit-codes.js';
export type { Finding, FindingStatus, Json, JsonObject, Verdict } from './finding.js';
export { messageOf, OrionError, type Problem } from './orion-error.js';
