import type { FoundStream, ModulePlan, SideName } from '../facts/index.js';
import { groupOf } from '../facts/index.js';
import { type GateResult, gateResult } from './gate.js';

/** A stream of a module: what type it carries and the two groups the module has on it. */
export interface ModuleStream {
  readonly type: string;
  readonly stream: string;
  readonly source: string;
  readonly target: string;
}

/** The streams that carry the module's group of this side. */
export function streamsOf(
  module: ModulePlan,
  found: readonly FoundStream[],
  side: SideName,
): readonly ModuleStream[] {
  return found.flatMap(({ stream, type, groups }) => {
    const pair = {
      type,
      stream,
      source: groupOf(module, type, 'source'),
      target: groupOf(module, type, 'target'),
    };
    return groups.includes(pair[side]) ? [pair] : [];
  });
}

/**
 * Whether the streams that carry the giving group are the ones the module is said to read: a stream
 * that is left out would be read from its beginning by the module, and repeat all it holds.
 * @param missingGroup where a listed stream without its group may start, when the operator says so
 */
export function groupsGate(
  module: ModulePlan,
  found: readonly FoundStream[],
  giving: SideName,
  missingGroup: 'beginning' | 'tip' | null,
): GateResult {
  const carrying = streamsOf(module, found, giving);
  const existing = found.flatMap(({ stream, groups }) =>
    groups.map((group) => `${group} on ${stream}`),
  );
  const evidence = {
    streams: carrying.map(({ stream }) => stream),
    groups: existing,
    subscribes: module.subscribes === null ? null : [...module.subscribes],
  };
  const fail = (message: string, hint: string): GateResult =>
    gateResult('groups', 'fail', message, { hint, evidence });
  // Where nothing says what the module reads, there is no stream for `--missing-group` to speak of.
  if (carrying.length === 0 && (missingGroup === null || module.subscribes === null)) {
    return fail(
      `no stream carries the ${giving} group of ${module.name}`,
      existing.length === 0
        ? 'There is no consumer group at all: is this the right Redis and database?'
        : `Groups there are: ${existing.join(', ')}.`,
    );
  }
  if (module.subscribes !== null) {
    const listed = module.subscribes;
    const extra = carrying.filter(({ type }) => !listed.includes(type));
    if (extra.length > 0) {
      return fail(
        `${extra.map(({ stream }) => stream).join(', ')} carries the group of ${module.name} but is not in its subscribes`,
        'Add the type to subscribes of the module, or remove the group when nothing is owed.',
      );
    }
    const bare = found.filter(
      ({ type }) => listed.includes(type) && !carrying.some((stream) => stream.type === type),
    );
    if (bare.length > 0 && missingGroup === null) {
      return fail(
        `${bare.map(({ stream }) => stream).join(', ')} has no group ${giving} of ${module.name}`,
        'Say where it starts: --missing-group beginning or --missing-group tip.',
      );
    }
  }
  const names = carrying.map(({ stream }) => stream).join(', ');
  return gateResult('groups', 'pass', `${module.name} reads ${names || 'no stream yet'}`, {
    evidence,
  });
}
