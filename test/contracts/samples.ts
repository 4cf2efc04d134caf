import type { JsonObject } from '../../src/problems/index.js';

/** A message of each type, with every field there is; `optional` names those that may be left out. */
export interface Sample {
  readonly type: string;
  readonly message: JsonObject;
  readonly optional: readonly string[];
}

const ID = '5f0c8f3e-6a54-4a9b-9d0e-0d4b5ad2a001';
const TIME = '2026-01-17T10:00:00Z';
const head = (source: string): JsonObject => ({ version: '1.0', timestamp: TIME, source });
const tags = { room: 'cellar' };

export const command = (type: string, parameters?: JsonObject): JsonObject => ({
  ...head('orion-brain'),
  command_id: ID,
  command_type: type,
  device_id: 'rover-1',
  ...(parameters === undefined ? {} : { parameters }),
});

export const telemetry = (type: string, value: JsonObject): JsonObject => ({
  ...head('orion-edge-rover-1'),
  telemetry_id: ID,
  device_id: 'rover-1',
  telemetry_type: type,
  value,
});

export const VALUES = {
  POSITION: { x: 1, y: -2.5, z: 0, heading: 360 },
  BATTERY: { level: 100, voltage: 7.4, charging: false },
  TEMPERATURE: { cpu_temp: 51.5, motor_temp: -3 },
  SERVO_STATUS: { servo_id: 17, angle: -90, load: 0.25 },
  NETWORK: { connected: true, latency_ms: 0, last_heartbeat: TIME },
} as const satisfies Record<string, JsonObject>;

export const PARAMETERS = {
  MOVE: { direction: 'forward', speed: 1, duration_ms: 30000 },
  STOP: { reason: 'cat' },
  CALIBRATE: { calibration_type: 'imu' },
  STATUS: {},
} as const satisfies Record<string, JsonObject>;

export const SAMPLES: readonly Sample[] = [
  {
    type: 'event',
    message: {
      ...head('orion-core-watch'),
      event_id: ID,
      event_type: 'edge_telemetry',
      severity: 'info',
      data: { anything: [1, null, { deep: true }] },
      tags,
    },
    optional: ['tags'],
  },
  {
    type: 'incident',
    message: {
      ...head('orion-guardian'),
      incident_id: ID,
      incident_type: 'service_outage',
      severity: 'low',
      event_ids: [ID],
      correlation_window: { start: TIME, end: TIME },
      state: 'open',
      description: '',
      tags,
    },
    optional: ['description', 'tags'],
  },
  {
    type: 'decision',
    message: {
      ...head('orion-brain'),
      decision_id: ID,
      incident_id: ID,
      decision_type: 'NO_ACTION',
      safety_classification: 'UNKNOWN',
      requires_approval: false,
      reasoning: 'ten signs!',
      proposed_action: { action_type: 'restart_service', parameters: { unit: 'a' } },
      autonomy_level: 'N0',
      tags,
    },
    optional: ['proposed_action', 'autonomy_level', 'tags'],
  },
  {
    type: 'action',
    message: {
      ...head('orion-approval-telegram'),
      action_id: ID,
      decision_id: ID,
      action_type: 'run_diagnostic',
      safety_classification: 'SAFE',
      state: 'pending',
      parameters: {},
      approval_id: ID,
      rollback_enabled: true,
      dry_run: false,
      tags,
    },
    optional: ['approval_id', 'rollback_enabled', 'dry_run', 'tags'],
  },
  {
    type: 'outcome',
    message: {
      ...head('orion-commander'),
      outcome_id: ID,
      action_id: ID,
      status: 'succeeded',
      execution_time_ms: 0,
      result: {},
      error: { code: 'E1', message: 'no', details: {} },
      rollback_executed: false,
      tags,
    },
    optional: ['result', 'error', 'rollback_executed', 'tags'],
  },
  {
    type: 'approval_request',
    message: {
      ...head('orion-brain'),
      approval_request_id: ID,
      decision_id: ID,
      action_type: 'anything',
      risk_level: 'RISKY',
      requested_action: { action_type: 'x', parameters: {}, reasoning: 'ten signs!' },
      expires_at: TIME,
      incident_id: ID,
      tags,
    },
    optional: ['incident_id', 'tags'],
  },
  {
    type: 'approval_decision',
    message: {
      ...head('orion-approval-cli'),
      approval_id: ID,
      approval_request_id: ID,
      decision_id: ID,
      decision: 'force',
      admin_identity: 'telegram:1',
      reason: 'x',
      issued_at: TIME,
      expires_at: TIME,
      action_id: ID,
      override_circuit_breaker: true,
      override_cooldown: true,
      tags,
    },
    optional: ['action_id', 'override_circuit_breaker', 'override_cooldown', 'tags'],
  },
  {
    type: 'validation',
    message: {
      ...head('orion-council'),
      validation_id: ID,
      decision_id: ID,
      result: 'BLOCKED',
      confidence: 0,
      critique: '',
      validators_used: ['local', 'claude', 'openai'],
      escalated_to_admin: true,
      safety_veto_triggered: true,
    },
    optional: ['escalated_to_admin', 'safety_veto_triggered'],
  },
  {
    type: 'edge.command',
    message: { ...command('MOVE', PARAMETERS['MOVE']), priority: 'HIGH', expires_at: TIME },
    optional: ['parameters', 'priority', 'expires_at'],
  },
  { type: 'edge.telemetry', message: telemetry('BATTERY', VALUES['BATTERY']), optional: [] },
  {
    type: 'edge.health',
    message: {
      ...head('orion-edge-rover-1'),
      health_id: ID,
      device_id: 'rover-1',
      state: 'SAFE_MODE',
      uptime_seconds: 0,
      connection_status: { mqtt_connected: true, redis_connected: true, last_brain_contact: TIME },
      safety_state: {
        dead_man_switch_active: true,
        watchdog_remaining_ms: 0,
        in_safe_position: true,
      },
      last_command_id: ID,
      errors: ['wheel'],
    },
    optional: ['last_command_id', 'errors'],
  },
  {
    type: 'inference.request',
    message: {
      ...head('any thing at all'),
      request_id: ID,
      model: 'm',
      messages: [{ role: 'system', content: '' }],
      keep_alive_seconds: 0,
      callback: 'orion:answers',
    },
    optional: ['keep_alive_seconds', 'callback'],
  },
  {
    type: 'inference.response',
    message: {
      ...head('orion-inference'),
      request_id: ID,
      model: 'm',
      response: 'yes',
      prompt_tokens: 0,
      completion_tokens: 0,
      load_duration_ms: 0,
      total_duration_ms: 0,
      error: 'none',
    },
    optional: [
      'response',
      'prompt_tokens',
      'completion_tokens',
      'load_duration_ms',
      'total_duration_ms',
      'error',
    ],
  },
];

export function sampleOf(type: string): JsonObject {
  const sample = SAMPLES.find((one) => one.type === type);
  if (sample === undefined) throw new Error(`no sample of ${type}`);
  return sample.message;
}
