import { resolve } from 'node:path';
import type {
  GroupPair,
  ModuleConfig,
  PublisherConfig,
  SettingConfig,
  TestsConfig,
} from './config.js';
import type { Path, Report } from './mistake.js';
import type { RawConfig, RawModule, RawPublisher, RawSetting, RawTests } from './raw-config.js';
import { fillName, fillText, type TemplateWords } from './template.js';

/** Where relative paths start, and who is told of mistakes. */
export interface BuildSite {
  readonly baseDirectory: string;
  readonly report: Report;
}

/** The modules in the order of the file, with every template filled in and every path absolute. */
export function buildModules(raw: RawConfig, site: BuildSite): readonly ModuleConfig[] {
  return Object.entries(raw.modules).map(([name, entry]) => buildModule(name, entry, raw, site));
}

export function buildPublishers(raw: RawConfig, site: BuildSite): readonly PublisherConfig[] {
  return Object.entries(raw.publishers).map(([name, entry]) => buildPublisher(name, entry, site));
}

/** A log is a path, or the word `journal`; a file of that name is `./journal`. */
export function logOf(
  log: string | null,
  words: TemplateWords,
  path: Path,
  site: BuildSite,
): string | null {
  if (log === null || log === 'journal') return log;
  return resolve(site.baseDirectory, fillName(log, words, path, site.report));
}

function buildModule(name: string, raw: RawModule, all: RawConfig, site: BuildSite): ModuleConfig {
  const path = ['modules', name];
  const service = fillName(raw.service, { module: name }, [...path, 'service'], site.report);
  const words = { module: name, service };
  const groups = buildGroups(raw, all, words, path, site);
  return {
    name,
    risk: raw.risk,
    service,
    log: logOf(raw.log, words, [...path, 'log'], site),
    settings: buildSettings(raw.settings, words, [...path, 'settings'], site, (type) =>
      type === null ? groups : (groups.byType[type] ?? groups),
    ),
    tests: raw.tests === undefined ? null : buildTests(raw.tests, words, [...path, 'tests'], site),
    subscribes: raw.subscribes ?? null,
    groups,
  };
}

function buildPublisher(name: string, raw: RawPublisher, site: BuildSite): PublisherConfig {
  const path = ['publishers', name];
  const service = fillName(raw.service, { module: name }, [...path, 'service'], site.report);
  const words = { module: name, service };
  // The schema has seen to it that a publisher's settings state both values.
  const none = { source: '', target: '' };
  const settings = buildSettings(raw.settings, words, [...path, 'settings'], site, () => none);
  return { name, service, settings, publishesAs: raw.source ?? service };
}

function buildGroups(
  raw: RawModule,
  all: RawConfig,
  words: TemplateWords,
  path: Path,
  { report }: BuildSite,
): ModuleConfig['groups'] {
  const source = fillName(all.source.group, words, ['source', 'group'], report);
  const target = fillName(all.target.group, words, ['target', 'group'], report);
  const byType = Object.entries(raw.groups).map(([type, pair]): [string, GroupPair] => {
    const at = [...path, 'groups', type];
    return [
      type,
      {
        source: fillName(pair.source ?? source, words, [...at, 'source'], report),
        target: fillName(pair.target ?? target, words, [...at, 'target'], report),
      },
    ];
  });
  return { source, target, byType: Object.fromEntries(byType) };
}

function buildSettings(
  raw: RawSetting | readonly RawSetting[],
  words: TemplateWords,
  path: Path,
  { baseDirectory, report }: BuildSite,
  groupsOf: (type: string | null) => GroupPair,
): readonly SettingConfig[] {
  return entriesOf(raw, path).map(({ setting, at }) => {
    const type = setting.type ?? null;
    const groups = groupsOf(type);
    return {
      file: resolve(baseDirectory, fillName(setting.file, words, [...at, 'file'], report)),
      format: setting.format,
      key: setting.key === undefined ? null : fillText(setting.key, words),
      source: setting.source === undefined ? groups.source : fillText(setting.source, words),
      target: setting.target === undefined ? groups.target : fillText(setting.target, words),
      type,
    };
  });
}

/** The settings of an entry with the path of each: an entry has one, or a list of them. */
export function entriesOf(
  raw: RawSetting | readonly RawSetting[],
  path: Path,
): readonly { readonly setting: RawSetting; readonly at: Path }[] {
  // `Array.isArray` does not tell a readonly list from the rest; the absence of `file` does.
  if ('file' in raw) return [{ setting: raw, at: path }];
  return raw.map((setting, index) => ({ setting, at: [...path, String(index)] }));
}

export function buildTests(
  raw: RawTests,
  words: TemplateWords,
  path: Path,
  { baseDirectory, report }: BuildSite,
): TestsConfig {
  const { cwd } = raw;
  return {
    command: raw.command.map((argument) => fillText(argument, words)),
    cwd:
      cwd === undefined
        ? null
        : resolve(baseDirectory, fillName(cwd, words, [...path, 'cwd'], report)),
    env: Object.fromEntries(
      Object.entries(raw.env).map(([key, value]) => [key, fillText(value, words)]),
    ),
  };
}
