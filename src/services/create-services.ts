import { type CommandDriverOptions, CommandServices } from './command-services.js';
import type { Services, ServicesRuntime } from './services.js';
import { type SystemdDriverOptions, SystemdServices } from './systemd-services.js';

export type ServicesOptions = SystemdDriverOptions | CommandDriverOptions;

/** The services of this host, through the driver that the options name. Nothing is touched yet. */
export function createServices(options: ServicesOptions, runtime: ServicesRuntime): Services {
  return options.driver === 'systemd'
    ? new SystemdServices(options, runtime)
    : new CommandServices(options, runtime);
}
