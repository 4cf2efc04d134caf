import { Flags } from '@oclif/core';
import { FORMATS } from './command-index.js';
import { fileModeFlag } from './file-mode-flag.js';

const GLOBAL = 'GLOBAL';

/** What every command takes. */
export const globalFlags = {
  json: Flags.boolean({
    helpGroup: GLOBAL,
    description: 'Print one JSON document on standard output, and nothing else there.',
  }),
  config: Flags.string({
    helpGroup: GLOBAL,
    helpValue: 'FILE',
    description: 'The configuration file, instead of the places where it is looked for.',
  }),
  'redis-url': Flags.string({
    helpGroup: GLOBAL,
    helpValue: 'URL',
    description: 'Redis, instead of what the configuration names. Never with a password.',
  }),
  'no-color': Flags.boolean({
    helpGroup: GLOBAL,
    description: 'Print without colours; NO_COLOR does the same.',
  }),
  yes: Flags.boolean({
    helpGroup: GLOBAL,
    description: 'Answer the question before a change; it answers no gate.',
  }),
};

/** What the commands that change things take as well. */
export const changeFlags = {
  'dry-run': Flags.boolean({
    description: 'Print the plan and stop; nothing is changed.',
  }),
};

/** What the commands that check something take as well. */
export const checkFlags = {
  format: Flags.option({
    options: FORMATS,
    description:
      'For people, for programs, or for monitoring. nagios prints one line and ends with 0, 1, 2 or 3: a prerequisite that failed is UNKNOWN. prometheus prints gauges for a textfile collector and ends with 0 once they are written; the verdict is among them.',
  })(),
  outfile: Flags.string({
    helpValue: 'FILE',
    description: 'Write it there, whole or not at all, instead of to standard output.',
  }),
  'outfile-mode': fileModeFlag({
    dependsOn: ['outfile'],
    description: "The file's permissions; 644 unless said, so that a collector may read it.",
  }),
};

/** What the commands that take the lease take as well. */
export const leaseFlags = {
  'take-over': Flags.boolean({
    description: 'Take the lease from another operator; a forward verb needs --reason for it.',
  }),
};
