import { join } from 'node:path';
import { systemClock } from '../../src/problems/index.js';
import { createServices, type Services } from '../../src/services/index.js';
import { type RealSystemd, startRealSystemd, type UnitText } from '../support/real-systemd.js';

/** A real systemd, and services that work on it. */
export interface SystemdLab extends RealSystemd {
  services(options?: {
    readonly scope?: 'system' | 'user';
    readonly stopTimeoutMs?: number;
    readonly signal?: AbortSignal;
  }): Services;
  /** Installs a unit under a name that no other test has, and returns the name. */
  installed(text: UnitText): Promise<string>;
  /** One property of a unit, as systemctl prints it. */
  said(service: string, property: string): Promise<string>;
}

export const FOREVER: UnitText = { service: ['ExecStart=/bin/sleep 1000'] };

/** Where the runtime directory of the lab's user is, as seen inside. */
export const USER_RUNTIME = '/run/user/0';

/** The lab, or why this machine cannot have one: that is also said where every reporter shows it. */
export async function openLab(): Promise<SystemdLab | { readonly missing: string }> {
  const systemd = await startRealSystemd();
  if ('missing' in systemd) {
    process.stderr.write(`Skipped, no systemd can be had here: ${systemd.missing}\n`);
    return systemd;
  }
  let count = 0;
  return {
    ...systemd,
    services({ scope = 'system', stopTimeoutMs = 5_000, signal } = {}) {
      const ofUser = scope === 'user' ? ['env', `XDG_RUNTIME_DIR=${USER_RUNTIME}`] : [];
      return createServices(
        { driver: 'systemd', scope, stopTimeoutMs },
        {
          clock: systemClock,
          runtimeDirectory: join(systemd.root, scope === 'user' ? USER_RUNTIME : '/run'),
          systemctlPrefix: [...systemd.prefix, ...ofUser],
          signal,
        },
      );
    },
    async installed(text) {
      count += 1;
      await systemd.unit(`orion-${count}.service`, text);
      return `orion-${count}`;
    },
    async said(service, property) {
      const { output } = await systemd.systemctl('show', `--property=${property}`, service);
      return output.slice(output.indexOf('=') + 1).trim();
    },
  };
}
