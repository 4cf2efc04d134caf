import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../src/problems/index.js';
import type { Yard } from './yard.js';

/** Lays keys over commander's configuration. */
export async function configureCommander(yard: Yard, keys: JsonObject): Promise<void> {
  await yard.configure((config) => {
    const modules = config['modules'] as Record<string, JsonObject>;
    return { ...config, modules: { ...modules, commander: { ...modules['commander'], ...keys } } };
  });
}

/** Lays keys over the options of the service driver. */
export async function configureServices(yard: Yard, keys: JsonObject): Promise<void> {
  await yard.configure((config) => ({
    ...config,
    services: { ...(config['services'] as JsonObject), ...keys },
  }));
}

/** Gives commander a mood (see moody-module.mjs), and starts it. */
export async function startMoody(
  yard: Yard,
  mood: 'mute' | 'angry' | 'sore' | 'patient',
): Promise<void> {
  const { units, paths } = yard.host;
  const moody = fileURLToPath(new URL('./moody-module.mjs', import.meta.url));
  const program = `${yard.packageRoot}/dist/rehearsal/processes/module.js`;
  units.define('orion-commander', {
    argv: [process.execPath, moody, paths.role('commander'), program, mood],
    cwd: paths.directory,
    env: {},
    log: paths.log('orion-commander'),
  });
  await yard.start('commander');
}
