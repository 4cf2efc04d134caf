import type { StandInType } from './messages.js';
import type { PublishRole, ReadRole } from './module-role.js';

/*
 * Who plays in the rehearsal: the five modules of ORION with what each reads and publishes, and the
 * publishers outside them. Of two hundred events a second one in five becomes an incident, so that
 * every stream carries traffic. One module is moved to the library and one to HTTP, both with a light
 * stream: each of their acknowledgements is a journey, and a busy machine must do for a rehearsal.
 */

export interface CastModule {
  readonly name: string;
  readonly service: string;
  readonly risk: 'low' | 'medium' | 'high';
  /** What it reads its target groups with; `streams` as the target bus of the migration guide does. */
  readonly client: 'streams' | 'library' | 'http';
  readonly reads: readonly (ReadRole & { readonly source: string; readonly target: string })[];
  readonly publishes: readonly PublishRole[];
}

export interface CastPublisher {
  readonly name: string;
  readonly service: string;
  /** What its messages say who published them, where that is not its service. */
  readonly source?: string;
  /** Which part of the publishers' messages each type is; all parts together are 1. */
  readonly feeds: readonly { readonly type: StandInType; readonly share: number }[];
}

/** The key that says which bus a publisher publishes through. */
export const BUS_SETTING = 'ORION_BUS';

const GROUP_SETTING = 'ORION_BUS_GROUP';

/** In the order of migration. */
export const CAST: readonly CastModule[] = [
  {
    ...module('memory', 'low'),
    reads: ['event', 'incident', 'decision'].map((type) => patterned('memory', type)),
    publishes: [],
  },
  {
    ...module('guardian', 'medium'),
    reads: [patterned('guardian', 'event')],
    publishes: [{ on: 'event', type: 'incident', every: 5 }],
  },
  {
    ...module('brain', 'high', 'library'),
    reads: [patterned('brain', 'incident')],
    publishes: [
      { on: 'incident', type: 'decision', every: 1 },
      { on: 'incident', type: 'approval_request', every: 2 },
    ],
  },
  {
    ...module('commander', 'high'),
    // Its code has names of its own, one for each stream, as the real module's has.
    reads: [
      named('decision', 'ORION_DECISION_GROUP', 'commander'),
      named('approval_decision', 'ORION_APPROVAL_GROUP', 'commander-approval'),
    ],
    publishes: [
      { on: 'decision', type: 'outcome', every: 1 },
      { on: 'approval_decision', type: 'outcome', every: 1 },
    ],
  },
  {
    ...module('approval', 'medium', 'http'),
    reads: [patterned('approval', 'approval_request')],
    publishes: [{ on: 'approval_request', type: 'approval_decision', every: 1 }],
  },
];

export const CAST_PUBLISHERS: readonly CastPublisher[] = [
  { name: 'watcher', service: 'orion-watcher', feeds: [{ type: 'event', share: 0.9 }] },
  {
    name: 'edge-agent',
    service: 'orion-edge-agent',
    source: 'orion-edge-rover',
    feeds: [
      { type: 'event', share: 0.05 },
      { type: 'edge.telemetry', share: 0.05 },
    ],
  },
];

/** Every contract type that somebody in the cast publishes. */
export const CAST_TYPES: readonly StandInType[] = [
  'event',
  'incident',
  'decision',
  'approval_request',
  'approval_decision',
  'outcome',
  'edge.telemetry',
];

/** The smallest part of what the publishers send that reaches a module; what modules publish counts too. */
export function leastShare(): number {
  return Math.min(...CAST.map(({ reads }) => sumOf(reads.map(({ type }) => shareOf(type)))));
}

function shareOf(type: string): number {
  const feeds = CAST_PUBLISHERS.flatMap((publisher) => publisher.feeds);
  const follows = CAST.flatMap(({ publishes }) => publishes);
  return (
    sumOf(feeds.filter((feed) => feed.type === type).map(({ share }) => share)) +
    sumOf(follows.filter((each) => each.type === type).map(({ on, every }) => shareOf(on) / every))
  );
}

function sumOf(parts: readonly number[]): number {
  return parts.reduce((sum, each) => sum + each, 0);
}

function module(
  name: string,
  risk: CastModule['risk'],
  client: CastModule['client'] = 'streams',
): Pick<CastModule, 'name' | 'service' | 'risk' | 'client'> {
  return { name, service: `orion-${name}`, risk, client };
}

function patterned(name: string, type: string): CastModule['reads'][number] {
  return named(type, GROUP_SETTING, `orion-${name}-group`);
}

function named(type: string, setting: string, source: string): CastModule['reads'][number] {
  return { type, setting, source, target: `${source}-go` };
}
