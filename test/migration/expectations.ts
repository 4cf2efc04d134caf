import { expect } from 'vitest';
import type { Tool } from './tool.js';
import type { Yard, YardModule } from './yard.js';

/**
 * That the module is on a side, runs there and is not held, has handled every message and none twice,
 * and that the tool has left nothing open.
 */
export async function expectSettledOn(
  side: 'source' | 'target',
  { yard, tool, module }: { yard: Yard; tool: Tool; module: YardModule },
): Promise<void> {
  const { host } = yard;
  const suffix = side === 'target' ? '-go' : '';
  const reads = host.modules.find(({ name }) => name === module)?.reads ?? [];
  for (const { type, source } of reads) {
    expect(host.groupOf(module, type)).toBe(`${source}${suffix}`);
  }
  expect(host.units.active(`orion-${module}`)).not.toBeNull();
  expect(host.units.held(`orion-${module}`)).toBe(false);
  expect(await yard.settled(module)).toMatchObject({ lost: 0, twice: 0, owed: 0 });
  expect((await tool.text('journal', 'verify')).code).toBe(0);
  expect(await host.redis.command('EXISTS', 'orion:orion-bus:lease')).toBe(0);
}
