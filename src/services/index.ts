export { createServices, type ServicesOptions } from './create-services.js';
export { type CommandOptions, type CommandResult, runCommand } from './run-command.js';
export type { ServiceState } from './service-state.js';
export type { Services, ServicesRuntime } from './services.js';
export { type DetachedProgram, startDetached } from './start-detached.js';
export { type UnitFile, unitFiles } from './unit-files.js';
