export type { Config } from './config.js';
export { configSchema } from './config-schema.js';
export { describeConfig } from './describe-config.js';
export { loadConfig } from './load-config.js';
export { shellWord } from './shell-word.js';
export { type HostFindings, namedOnHost, starterConfig } from './starter-config.js';
