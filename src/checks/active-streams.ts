import { type FoundStream, groupOf, type ModulePlan, type SideName } from '../facts/index.js';
import { type ModuleStream, streamsOf } from './stream-gates.js';

/** Where the settings do not tell, the side whose groups are there; the source at first. */
export function activeSide(
  settings: SideName | 'mixed' | 'unreadable',
  module: ModulePlan,
  found: readonly FoundStream[],
): SideName {
  if (settings === 'source' || settings === 'target') return settings;
  const onTarget = streamsOf(module, found, 'target').length > 0;
  return onTarget && streamsOf(module, found, 'source').length === 0 ? 'target' : 'source';
}

/** The streams that carry the module's group, and those it is said to read although they do not. */
export function activeStreams(
  module: ModulePlan,
  found: readonly FoundStream[],
  side: SideName,
): readonly ModuleStream[] {
  const carrying = streamsOf(module, found, side);
  const listed = (module.subscribes ?? []).flatMap((type): ModuleStream[] => {
    const stream = found.find((each) => each.type === type)?.stream;
    if (stream === undefined || carrying.some((each) => each.type === type)) return [];
    const source = groupOf(module, type, 'source');
    return [{ type, stream, source, target: groupOf(module, type, 'target') }];
  });
  return [...carrying, ...listed];
}
