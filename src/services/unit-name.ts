import { OrionError } from '../problems/index.js';

/** What systemd allows in a unit's name, so neither `/` nor a pattern such as `orion-*`. */
const SAFE = /^[A-Za-z0-9:_@\\][A-Za-z0-9:_.@\\-]{0,239}$/;
const OTHER_UNIT = /\.(socket|device|mount|automount|swap|target|path|timer|slice|scope|snapshot)$/;

/**
 * A service's name, made safe to stand in an argv list and in a path.
 * @throws {OrionError} `service.bad-name`
 */
export function checkedName(service: string): string {
  if (!SAFE.test(service)) throw badName(service, 'letters, digits and : _ . @ \\ - are allowed');
  return service;
}

/** The name of a service's unit: `orion-memory` is `orion-memory.service`. */
export function unitName(service: string): string {
  const name = checkedName(service);
  if (OTHER_UNIT.test(name)) throw badName(service, 'it names a unit that is no service');
  return name.endsWith('.service') ? name : `${name}.service`;
}

function badName(service: string, why: string): OrionError {
  return new OrionError({
    kind: 'config',
    code: 'service.bad-name',
    message: `${JSON.stringify(service)} cannot be the name of a service: ${why}.`,
    hint: 'Nothing was run. Correct the service in the configuration.',
  });
}
