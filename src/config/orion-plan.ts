import type { RawModule, RawPublisher } from './raw-config.js';

/*
 * The modules and publishers of ORION, taken where there is no configuration file at all. A file
 * replaces both whole: a module that a file does not name is not moved.
 */

const TESTS = ['pytest', 'tests/integration/test_bus_integration.py', '-v'];

const MODULES = {
  memory: 'low',
  guardian: 'medium',
  brain: 'high',
  commander: 'high',
  approval: 'medium',
} as const;

// The guide forgets approval, which publishes approval_decision.
const PUBLISHERS = ['brain', 'guardian', 'commander', 'edge-agent', 'approval'];

export function orionPlan(): {
  readonly modules: Readonly<Record<string, RawModule>>;
  readonly publishers: Readonly<Record<string, RawPublisher>>;
} {
  return {
    modules: Object.fromEntries(
      Object.entries(MODULES).map(([name, risk]) => [name, orionModule(name, risk)]),
    ),
    publishers: Object.fromEntries(PUBLISHERS.map((name) => [name, orionPublisher(name)])),
  };
}

function orionModule(name: string, risk: RawModule['risk']): RawModule {
  return {
    risk,
    service: `orion-${name}`,
    log: `/var/log/orion-${name}.log`,
    settings: { file: `/etc/orion/${name}.env`, format: 'env', key: 'ORION_BUS_GROUP' },
    tests: { command: TESTS, cwd: `/home/orion/orion/orion-${name}`, env: {} },
    groups: {},
  };
}

function orionPublisher(name: string): RawPublisher {
  return {
    service: `orion-${name}`,
    // The agents name their devices.
    ...(name === 'edge-agent' ? { source: 'orion-edge' } : {}),
    settings: {
      file: `/etc/orion/${name}.env`,
      format: 'env',
      key: 'ORION_BUS',
      source: 'python',
      target: 'go',
    },
  };
}
