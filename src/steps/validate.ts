import { PROBE_TYPE, roundTrip } from '../bus/index.js';
import {
  type Check,
  judgeChecks,
  type MigrationHistory,
  type ValidateVerdict,
} from '../checks/index.js';
import { busHealth, type Plan, serverFacts } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { probeCapabilities, type RedisLink } from '../redis/index.js';
import type { LiveValidateContext, ValidateContext } from './validate-context.js';
import { groupChecks } from './validate-groups.js';
import { messageChecks } from './validate-messages.js';

/*
 * The daily check (guide, "Migration Validation Script"), in four groups. It changes nothing: its
 * probe has a stream and a group of its own, which expire by themselves even when it is killed.
 * Where Redis is down nothing else can be looked at, and is skipped by name.
 */

export interface ValidateOptions extends ValidateContext {
  /** Opens Redis; its refusal is a finding. */
  readonly open: () => Promise<RedisLink>;
}

const HEALTH_TIMEOUT_MS = 3_000;

export async function validate(options: ValidateOptions): Promise<ValidateVerdict> {
  const began = options.clock.now();
  const checks: Check[] = [];
  const bus = await busChecks(options.plan);
  try {
    const redis = await options.open();
    const capabilities = await probeCapabilities(redis, options.plan.streams.prefix);
    const context: LiveValidateContext = { ...options, redis, capabilities };
    checks.push(...(await redisChecks(redis)), ...bus, haltCheck(options.history));
    checks.push(
      await roundTripCheck(
        context,
        bus.every(({ status }) => status === 'pass'),
      ),
    );
    checks.push(...(await groupChecks(context)), ...(await messageChecks(context)));
  } catch (error) {
    if (!isRedisDown(error)) throw error;
    return judgeChecks([...redisDown(error.message), ...bus], options.clock.now() - began);
  }
  return judgeChecks(checks, options.clock.now() - began);
}

async function redisChecks(redis: RedisLink): Promise<readonly Check[]> {
  const group = 'prerequisites' as const;
  const server = await serverFacts(redis);
  const evicts = server.maxMemoryBytes !== null && server.evictionPolicy?.startsWith('allkeys');
  return [
    {
      id: 'redis.ping',
      group,
      status: 'pass',
      message: `Redis ${server.version} at ${redis.url} answers`,
    },
    server.role === 'slave'
      ? {
          id: 'redis.role',
          group,
          status: 'fail',
          message: 'this Redis is a replica and takes no writes',
        }
      : { id: 'redis.role', group, status: 'pass', message: 'this Redis takes writes' },
    server.appendOnly === true
      ? { id: 'redis.persistence', group, status: 'pass', message: 'the append-only file is on' }
      : {
          id: 'redis.persistence',
          group,
          status: 'warn',
          message: 'the append-only file is off: a restart of Redis loses messages',
          hint: 'Set appendonly yes.',
        },
    evicts
      ? {
          id: 'redis.eviction',
          group,
          status: 'fail',
          message: `the policy ${server.evictionPolicy} may evict whole streams`,
          hint: 'Set maxmemory-policy noeviction.',
        }
      : { id: 'redis.eviction', group, status: 'pass', message: 'streams are never evicted' },
  ];
}

async function busChecks({ target }: Plan): Promise<readonly Check[]> {
  const base = { id: 'target.health', group: 'prerequisites' as const };
  if (target.url === null) {
    return [{ ...base, status: 'skip', message: 'no target.url is configured' }];
  }
  const health = await busHealth(target.url, HEALTH_TIMEOUT_MS);
  if (health.ok) {
    const name = [health.service ?? target.name, health.version].filter(Boolean).join(' ');
    return [
      {
        ...base,
        status: 'pass',
        message: `${name} at ${target.url} is healthy`,
        value: health.milliseconds,
      },
    ];
  }
  return [
    {
      ...base,
      status: 'fail',
      message: `the target bus ${target.name} at ${target.url} is not healthy: ${health.problem}`,
      hint: target.service === null ? 'Start it.' : `Is the service ${target.service} running?`,
    },
  ];
}

function haltCheck(history: MigrationHistory | null): Check {
  const base = { id: 'migration.halt', group: 'prerequisites' as const };
  const halt = history?.halt ?? null;
  if (halt === null) return { ...base, status: 'pass', message: 'no emergency stop is in force' };
  return {
    ...base,
    status: 'warn',
    message: `an emergency stop is in force: ${halt.reason}`,
    hint: 'orion-bus halt --clear --reason TEXT, once the cause is gone',
  };
}

async function roundTripCheck(
  context: LiveValidateContext,
  targetHealthy: boolean,
): Promise<Check> {
  const { redis, plan, clock } = context;
  const url = plan.target.url;
  const result = await roundTrip({
    link: redis,
    prefix: plan.streams.prefix,
    via: url !== null && targetHealthy ? { kind: 'http', url } : { kind: 'library' },
    clock,
    timeoutMs: HEALTH_TIMEOUT_MS,
  });
  const base = { id: 'roundtrip.probe', group: 'roundtrip' as const, value: result.milliseconds };
  const way = result.way === 'target' ? 'through the target bus' : 'through the library';
  const note = result.note === undefined ? '' : ` (${result.note})`;
  if (result.ok) {
    return {
      ...base,
      status: 'pass',
      message: `a message of type ${PROBE_TYPE} came back ${way}${note}`,
    };
  }
  return {
    ...base,
    status: 'fail',
    message: `a message of type ${PROBE_TYPE} did not come back ${way}: ${result.problem ?? 'unknown'}${note}`,
    hint: `It broke at: ${result.stage ?? 'unknown'}.`,
  };
}

/** Redis may also go away half-way; then what was found before says nothing any more. */
function isRedisDown(error: unknown): error is OrionError {
  return error instanceof OrionError && error.code.startsWith('redis.');
}

function redisDown(problem: string): readonly Check[] {
  const skipped = (id: string, group: Check['group']): Check => ({
    id,
    group,
    status: 'skip',
    message: 'not looked at, because Redis does not answer',
  });
  return [
    { id: 'redis.ping', group: 'prerequisites', status: 'fail', message: problem },
    skipped('roundtrip.probe', 'roundtrip'),
    skipped('groups', 'consumer-groups'),
    skipped('contracts', 'validation'),
  ];
}
