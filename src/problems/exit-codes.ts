/**
 * The one map of exit codes. The help topic, the README and every command are tested against it.
 * 0 to 4 are the codes of the migration guide's validation script, widened to all commands;
 * 64 and 70 follow sysexits, 130 is what a shell reports for SIGINT.
 */
export const EXIT_CODES = {
  0: 'done, or every check passed',
  1: 'a prerequisite failed: Redis or the bus not running, a gate not met, a lease held, no confirmation',
  2: 'message round trip or message flow failed; any loss',
  3: 'consumer group check failed: missing, stuck, over the threshold, still being read',
  4: 'validation failed: contracts, or a criterion',
  64: 'wrong usage',
  70: 'a defect in orion-bus',
  130: 'interrupted, and resumable',
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

/** What kind of thing went wrong; each kind has one exit code. */
export const EXIT_CODE_OF_KIND = {
  prerequisite: 1,
  gate: 1,
  lease: 1,
  confirmation: 1,
  roundtrip: 2,
  loss: 2,
  groups: 3,
  fence: 3,
  flow: 3,
  validation: 4,
  usage: 64,
  config: 64,
  defect: 70,
  interrupted: 130,
} as const satisfies Record<string, ExitCode>;

export type ProblemKind = keyof typeof EXIT_CODE_OF_KIND;
