import { messageOf } from '../problems/index.js';
import { entriesOf } from './build-modules.js';
import { checkGroups, checkTypes } from './check-groups.js';
import type { Config, SettingConfig } from './config.js';
import type { Path, Report } from './mistake.js';
import type { RawConfig } from './raw-config.js';

/*
 * What no schema can say: rules between one key and another. Each of them, broken, would lose or
 * double messages later, or stop the wrong service.
 */

type Plan = Pick<
  Config,
  'modules' | 'publishers' | 'source' | 'target' | 'thresholds' | 'logs' | 'soak' | 'watch'
>;

export function checkPlan(plan: Plan, raw: RawConfig, report: Report): void {
  checkSides(plan, report);
  checkThresholds(plan, raw, report);
  checkLogs(plan, report);
  checkWatch(plan, raw, report);
  checkServices(plan, report);
  checkGroups(plan.modules, raw, report);
  checkTypes(plan.modules, raw, report);
  checkSettings(plan, raw, report);
}

function checkSides({ source, target }: Plan, report: Report): void {
  if (source.name !== target.name) return;
  const expected = 'another name than that of the source';
  report({ path: ['target', 'name'], at: 'value', expected, found: target.name });
}

function checkThresholds({ thresholds }: Plan, raw: RawConfig, report: Report): void {
  const { lag, memory, health } = thresholds;
  const wrong = [
    { name: 'lag', isWrong: lag.alert < lag.target, side: 'below' },
    { name: 'memory', isWrong: memory.alertBytes < memory.targetBytes, side: 'below' },
    { name: 'health', isWrong: health.alert > health.target, side: 'above' },
  ] as const;
  for (const { name, isWrong, side } of wrong) {
    if (!isWrong) continue;
    const { target, alert } = raw.thresholds[name];
    const expected = `an alert not ${side} the target of ${target}`;
    report({ path: ['thresholds', name, 'alert'], at: 'value', expected, found: `${alert}` });
  }
}

function checkLogs({ logs }: Plan, report: Report): void {
  for (const name of ['error', 'critical'] as const) {
    try {
      new RegExp(logs[name]);
    } catch (error) {
      const expected = 'a regular expression';
      report({ path: ['logs', name], at: 'value', expected, found: messageOf(error) });
    }
  }
}

/** A soak is judged on samples: those of its beginning must still be there at its end. */
function checkWatch({ watch, soak }: Plan, raw: RawConfig, report: Report): void {
  const longest = Math.max(soak.phase1Ms, soak.moduleMs, soak.burnInMs);
  if (watch.keepMs >= longest) return;
  const expected = 'at least the longest soak';
  report({ path: ['watch', 'keep'], at: 'value', expected, found: raw.watch.keep });
}

/** Stopping one service must not stop another module, or a bus. A module may be a publisher too. */
function checkServices(plan: Plan, report: Report): void {
  const owners = new Map<string, string>();
  const claim = (service: string | null, owner: string, path: Path): void => {
    if (service === null) return;
    const unit = service.replace(/\.service$/, '');
    const earlier = owners.get(unit);
    if (earlier === undefined) owners.set(unit, owner);
    else {
      const found = `${service}, the service of ${earlier}`;
      report({ path, at: 'value', expected: 'a service of its own', found });
    }
  };
  claim(plan.source.service, 'the source', ['source', 'service']);
  claim(plan.target.service, 'the target', ['target', 'service']);
  const buses = new Map(owners);
  for (const { name, service } of plan.modules) {
    claim(service, `module ${name}`, ['modules', name, 'service']);
  }
  for (const { name, service } of plan.publishers) {
    const bus = buses.get(service.replace(/\.service$/, ''));
    const path = ['publishers', name, 'service'];
    const found = `${service}, the service of ${bus}`;
    if (bus) report({ path, at: 'value', expected: 'a service of its own', found });
  }
}

function checkSettings(plan: Plan, raw: RawConfig, report: Report): void {
  const owners = new Map<string, string>();
  const check = (
    owner: string,
    settings: readonly SettingConfig[],
    places: ReturnType<typeof entriesOf>,
  ): void => {
    for (const [index, setting] of settings.entries()) {
      const place = places[index];
      if (place === undefined) continue;
      const { at: path, setting: written } = place;
      const stated = written.source !== undefined || written.target !== undefined;
      if (setting.source === setting.target && stated) {
        const found = 'the value for the source again';
        report({ path: [...path, 'target'], at: 'value', expected: 'another value', found });
      }
      const identity = JSON.stringify([setting.file, setting.key ?? { text: setting.source }]);
      const earlier = owners.get(identity);
      if (earlier === undefined) owners.set(identity, owner);
      else {
        const found = `one that ${earlier} has already`;
        report({ path, at: 'key', expected: 'a file and key of its own', found });
      }
    }
  };
  for (const { name, settings } of plan.modules) {
    const written = raw.modules[name]?.settings ?? [];
    check(`module ${name}`, settings, entriesOf(written, ['modules', name, 'settings']));
  }
  for (const { name, settings } of plan.publishers) {
    const written = raw.publishers[name]?.settings ?? [];
    check(`publisher ${name}`, settings, entriesOf(written, ['publishers', name, 'settings']));
  }
}
