import { join } from 'node:path';
import { Flags } from '@oclif/core';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { changeFlags } from '../cli/flags.js';
import { initAnswer, unitsHome } from '../cli/init-answer.js';
import { createServices } from '../services/index.js';

export default class Init extends BaseCommand {
  static override summary = 'Write a commented configuration for this host, and units for systemd.';
  static override description =
    'The file holds the ORION plan with every default written out, and says what of it this host does not have. It goes where --config says, else to ./orion-bus.yaml. With --systemd the units of the guard, of the daily check with its timer and of the bus are written beside; none is enabled. A file that is there already is never replaced.';
  static override flags = {
    ...changeFlags,
    systemd: Flags.boolean({ description: 'Write the units and the daily timer as well.' }),
    'units-dir': Flags.string({
      helpValue: 'DIR',
      dependsOn: ['systemd'],
      description: 'Where units go, instead of /etc/systemd/system.',
    }),
    user: Flags.boolean({
      dependsOn: ['systemd'],
      description: "Units of the user's own systemd; they go to ~/.config/systemd/user.",
    }),
  };
  static override examples = [
    '<%= config.bin %> init',
    '<%= config.bin %> init --config /etc/orion-bus/orion-bus.yaml --systemd',
    { description: 'Only what would be written', command: '<%= config.bin %> init --dry-run' },
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Init);
    const { clock, env } = this.surroundings;
    const scope = flags.user ? 'user' : 'system';
    const home = unitsHome(scope, env);
    return initAnswer({
      file: this.path(flags.config ?? 'orion-bus.yaml'),
      unitsDirectory: flags.systemd ? this.path(flags['units-dir'] ?? home) : null,
      scope,
      program: [process.execPath, join(this.config.root, 'bin/run.js')],
      dryRun: flags['dry-run'],
      services: createServices({ driver: 'systemd', scope, stopTimeoutMs: 0 }, { clock }),
    });
  }
}
