import { Flags } from '@oclif/core';

/** What every command takes that carries out or shows runbooks. */
export const runbooksFlags = {
  runbooks: Flags.string({
    helpValue: 'DIR',
    description: 'A folder of your own runbooks: they are added, and override shipped ones.',
  }),
};
