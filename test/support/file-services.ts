import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OrionError } from '../../src/problems/index.js';
import type { Services } from '../../src/services/index.js';

/**
 * Services that are files: `<service>.up` while it is active, `.held` while nobody may start it,
 * `.enabled`, `.broken` where it cannot be started; its unit is `units/<service>.service`, and without a
 * unit it is not installed. A test can make and look at each without a process.
 */
export function fileServices(directory: string): Services {
  const file = (service: string, what: string): string => join(directory, `${service}.${what}`);
  const unit = (service: string): string => join(directory, 'units', `${service}.service`);
  const make = (path: string): Promise<void> => writeFile(path, '');
  const drop = (path: string): Promise<void> => rm(path, { force: true });
  return {
    async state(service) {
      const installed = existsSync(unit(service));
      return {
        service,
        active: existsSync(file(service, 'up')) ? 'active' : 'inactive',
        installed,
        ...{ mainPid: null, sinceMs: null, restarts: null },
        enabled: existsSync(file(service, 'enabled')),
      };
    },
    async start(service) {
      const refused = ['broken', 'held'].find((what) => existsSync(file(service, what)));
      if (refused !== undefined || !existsSync(unit(service))) {
        throw new OrionError({
          kind: 'prerequisite',
          code: 'service.not-started',
          message: `${service} was not started: it is ${refused ?? 'not installed'}.`,
        });
      }
      await make(file(service, 'up'));
    },
    stop: (service) => drop(file(service, 'up')),
    hold: (service) => make(file(service, 'held')),
    release: (service) => drop(file(service, 'held')),
    held: async (service) => existsSync(file(service, 'held')),
    enable: (service) => make(file(service, 'enabled')),
    disable: (service) => drop(file(service, 'enabled')),
    async unitFile(service) {
      if (!existsSync(unit(service))) return null;
      return { path: unit(service), text: await readFile(unit(service), 'utf8') };
    },
    async installUnit(service, text, path = unit(service)) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return true;
    },
    async removeUnit(service) {
      await drop(unit(service));
      return true;
    },
  };
}
