import { entriesOf } from './build-modules.js';
import type { GroupPair, ModuleConfig } from './config.js';
import type { Path, Report } from './mistake.js';
import { nearest } from './nearest.js';
import type { RawConfig } from './raw-config.js';

/**
 * The groups of one module must differ between the sides, and no other module may read with them on
 * the same stream. What the file leaves to discovery is judged as if it could be any stream.
 */
export function checkGroups(
  modules: readonly ModuleConfig[],
  raw: RawConfig,
  report: Report,
): void {
  const sameTemplate = raw.source.group === raw.target.group;
  if (sameTemplate) {
    const expected = 'another group than that of the source';
    report({ path: ['target', 'group'], at: 'value', expected, found: raw.target.group });
  }
  for (const [index, module] of modules.entries()) {
    const path = ['modules', module.name];
    const { byType } = module.groups;
    if (module.groups.source === module.groups.target && !sameTemplate) {
      const found = `${module.groups.target} twice`;
      report({ path, at: 'key', expected: 'two groups, one a side', found });
    }
    for (const [type, pair] of Object.entries(byType)) {
      const inherited = sameTemplate && pair.source === module.groups.source;
      if (pair.source !== pair.target || inherited) continue;
      const at = [...path, 'groups', type];
      const found = `${pair.target} twice`;
      report({ path: at, at: 'key', expected: 'two groups, one a side', found });
    }
    const shared = modules.slice(0, index).flatMap((other) => sharedGroup(module, other))[0];
    if (shared === undefined) continue;
    const written = shared.type !== null && byType[shared.type] !== undefined;
    const at = shared.type === null || !written ? path : [...path, 'groups', shared.type];
    const stream = shared.type === null ? 'one stream' : `the stream of ${shared.type}`;
    const expected = `a group that no other module reads with on ${stream}`;
    report({
      path: at,
      at: 'key',
      expected,
      found: `${shared.group}, as in module ${shared.other}`,
    });
  }
}

interface SharedGroup {
  readonly other: string;
  readonly group: string;
  /** Null where it is any stream that neither module says something of. */
  readonly type: string | null;
}

/** The groups that two modules would both read with on one stream, as far as the file tells. */
function sharedGroup(module: ModuleConfig, other: ModuleConfig): readonly SharedGroup[] {
  const types = [...typesOf(module), ...typesOf(other)];
  return [...new Set([...types, null])].flatMap((type) => {
    if (!mayRead(module, type) || !mayRead(other, type)) return [];
    const theirs = namesOf(other, type);
    const group = namesOf(module, type).find((name) => theirs.includes(name));
    return group === undefined ? [] : [{ other: other.name, group, type }];
  });
}

function typesOf({ subscribes, groups }: ModuleConfig): readonly string[] {
  return [...(subscribes ?? []), ...Object.keys(groups.byType)];
}

/** A module that does not state what it reads may read anything. */
function mayRead({ subscribes }: ModuleConfig, type: string | null): boolean {
  return subscribes === null || (type !== null && subscribes.includes(type));
}

function namesOf({ groups }: ModuleConfig, type: string | null): readonly string[] {
  const pair: GroupPair = (type === null ? undefined : groups.byType[type]) ?? groups;
  // A template that could not be filled in is a mistake already, and the same in every module.
  return [pair.source, pair.target].filter((name) => !name.includes('{'));
}

/** Types named beside `subscribes` must be among them. */
export function checkTypes(modules: readonly ModuleConfig[], raw: RawConfig, report: Report): void {
  for (const { name, subscribes, settings, groups } of modules) {
    if (subscribes === null) continue;
    const expected = `a type that the module subscribes to: ${subscribes.join(', ')}`;
    const check = (type: string, path: Path, at: 'key' | 'value'): void => {
      const meant = nearest(type, subscribes);
      if (!subscribes.includes(type)) report({ path, at, expected, found: type, meant });
    };
    const path = ['modules', name];
    for (const type of Object.keys(groups.byType)) check(type, [...path, 'groups', type], 'key');
    const places = entriesOf(raw.modules[name]?.settings ?? [], [...path, 'settings']);
    for (const [index, { type }] of settings.entries()) {
      if (type !== null) check(type, [...(places[index]?.at ?? path), 'type'], 'value');
    }
  }
}
