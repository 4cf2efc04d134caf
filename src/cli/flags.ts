import { Flags } from '@oclif/core';

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

/** What the commands that take the lease take as well. */
export const leaseFlags = {
  'take-over': Flags.boolean({
    description: 'Take the lease from another operator; a forward verb needs --reason for it.',
  }),
};
