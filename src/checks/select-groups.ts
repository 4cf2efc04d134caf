/** What a module or a group is chosen from. */
export interface NamedGroup {
  readonly module: string | null;
  readonly group: string;
}

const MODULE = 'module:';
const GROUP = 'group:';

/**
 * The groups that a name on the command line means: a module before a group of the same name;
 * `module:x` and `group:x` say which.
 * @returns null where nothing is called so
 */
export function selectGroups<Each extends NamedGroup>(
  groups: readonly Each[],
  modules: readonly string[],
  name: string,
): readonly Each[] | null {
  const ofModule = (module: string): readonly Each[] | null =>
    modules.includes(module) ? groups.filter((each) => each.module === module) : null;
  const ofName = (group: string): readonly Each[] | null => {
    const found = groups.filter((each) => each.group === group);
    return found.length === 0 ? null : found;
  };
  // A group may well be called `module:x` itself, so the plain name is asked last.
  const said = name.startsWith(MODULE)
    ? ofModule(name.slice(MODULE.length))
    : name.startsWith(GROUP)
      ? ofName(name.slice(GROUP.length))
      : null;
  return said ?? ofModule(name) ?? ofName(name);
}
