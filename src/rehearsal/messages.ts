import type { Json, JsonObject } from '../problems/index.js';
import { choiceOf, integerOf, type Random, uuidOf } from './random.js';

export interface MessageMaking {
  readonly random: Random;
  /** Milliseconds since 1970, for `timestamp`. */
  readonly now: number;
  /** The message that led to this one; ids are taken from it where they fit. */
  readonly cause?: JsonObject;
}

/** The contract types that somebody in the rehearsal publishes. */
export type StandInType =
  | 'event'
  | 'incident'
  | 'decision'
  | 'approval_request'
  | 'approval_decision'
  | 'outcome'
  | 'edge.telemetry';

/** A message of the type that its contract accepts, with content drawn from `random`. */
export function makeMessage(type: StandInType, making: MessageMaking): JsonObject {
  return {
    version: '1.0',
    timestamp: new Date(making.now).toISOString(),
    ...BODIES[type](making),
  };
}

const BODIES: Readonly<Record<StandInType, (making: MessageMaking) => JsonObject>> = {
  event: ({ random }) => ({
    source: 'orion-watcher',
    event_id: uuidOf(random),
    event_type: choiceOf(random, 'metric_threshold_exceeded', 'service_down', 'service_up'),
    severity: choiceOf(random, 'info', 'warning', 'error', 'critical'),
    data: { host: `node-${integerOf(random, 20)}`, value: integerOf(random, 1_000) / 10 },
    tags: { origin: 'rehearsal' },
  }),
  incident: (making) => ({
    source: 'orion-guardian',
    incident_id: uuidOf(making.random),
    incident_type: choiceOf(making.random, 'service_outage', 'metric_anomaly', 'repeated_failures'),
    severity: choiceOf(making.random, 'low', 'medium', 'high', 'critical'),
    event_ids: [idFrom(making, 'event_id')],
    correlation_window: { start: timeAt(making, -60_000), end: timeAt(making, 0) },
    state: 'open',
  }),
  decision: (making) => ({
    source: 'orion-brain',
    decision_id: uuidOf(making.random),
    incident_id: idFrom(making, 'incident_id'),
    decision_type: choiceOf(making.random, 'NO_ACTION', 'SUGGEST_ACTION', 'EXECUTE_SAFE_ACTION'),
    safety_classification: choiceOf(making.random, 'SAFE', 'UNKNOWN'),
    requires_approval: false,
    reasoning: 'The rehearsal decides by lot.',
    autonomy_level: 'N2',
  }),
  approval_request: (making) => ({
    source: 'orion-brain',
    approval_request_id: uuidOf(making.random),
    decision_id: uuidOf(making.random),
    incident_id: idFrom(making, 'incident_id'),
    action_type: 'restart_service',
    risk_level: 'RISKY',
    requested_action: { action_type: 'restart_service', parameters: { service: 'orion-demo' } },
    expires_at: timeAt(making, 300_000),
  }),
  approval_decision: (making) => ({
    source: 'orion-approval-telegram',
    approval_id: uuidOf(making.random),
    approval_request_id: idFrom(making, 'approval_request_id'),
    decision_id: idFrom(making, 'decision_id'),
    decision: choiceOf(making.random, 'approve', 'deny'),
    admin_identity: 'rehearsal',
    reason: 'decided by lot',
    issued_at: timeAt(making, 0),
    expires_at: timeAt(making, 300_000),
  }),
  outcome: (making) => ({
    source: 'orion-commander',
    outcome_id: uuidOf(making.random),
    action_id: uuidOf(making.random),
    status: choiceOf(making.random, 'succeeded', 'failed'),
    execution_time_ms: integerOf(making.random, 5_000),
  }),
  'edge.telemetry': (making) => ({
    source: 'orion-edge-rover',
    telemetry_id: uuidOf(making.random),
    device_id: `rover-${integerOf(making.random, 4)}`,
    telemetry_type: 'BATTERY',
    value: { level: integerOf(making.random, 101), voltage: 12.4, charging: false },
  }),
};

function idFrom({ random, cause }: MessageMaking, field: string): Json {
  return cause?.[field] ?? uuidOf(random);
}

function timeAt({ now }: MessageMaking, offsetMs: number): string {
  return new Date(now + offsetMs).toISOString();
}
