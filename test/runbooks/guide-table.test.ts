import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DECISION_MATRIX, isGateName } from '../../src/checks/index.js';
import { configSchema } from '../../src/config/config-schema.js';
import type { JsonObject } from '../../src/problems/index.js';
import { loadRunbooks } from '../../src/runbooks/load-runbooks.js';

/* Every name in the table of the guide is one that there is. */

const top = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const runbooks = await loadRunbooks({ shipped: top('runbooks') });
const names = [
  ...readFileSync(top('runbooks/README.md'), 'utf8').matchAll(
    /(step|gate|check|criterion|issue|command|config) `([^`]+)`/g,
  ),
].map(([, kind = '', name = '']) => ({ kind, name }));
const checks = ['validate.ts', 'validate-messages.ts']
  .map((file) => readFileSync(top(`src/steps/${file}`), 'utf8'))
  .join('\n');
const criteria = readFileSync(top('src/checks/criterion.ts'), 'utf8');

describe('the table of the guide', () => {
  it.each(names)('$kind $name', ({ kind, name }) => {
    expect(isThere(kind, name)).toBe(true);
  });

  it('has a row for each part of the guide', () => {
    expect(names.length).toBeGreaterThan(200);
  });
});

function isThere(kind: string, name: string): boolean {
  const [runbook = '', step = ''] = name.split('/');
  switch (kind) {
    case 'step':
      return runbooks.get(runbook)?.steps.some(({ id }) => id === step) === true;
    case 'gate':
      return isGateName(name);
    case 'check':
      return checks.includes(`'${name}'`);
    case 'criterion':
      return criteria.includes(`  '${name}',`);
    case 'issue':
      return DECISION_MATRIX.some(({ issue }) => issue === name);
    case 'command':
      return ['.ts', '/index.ts'].some((end) =>
        existsSync(top(`src/commands/${name.replaceAll(' ', '/')}${end}`)),
      );
    default:
      return keyOf(configSchema, name.split('.'));
  }
}

function keyOf(schema: JsonObject, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  const properties = schema['properties'] as JsonObject | undefined; // A part of a JSON Schema.
  const found = properties?.[key] as JsonObject | undefined;
  return found !== undefined && keyOf(found, rest);
}
