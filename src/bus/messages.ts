/*
 * Generated from contracts/*.schema.json; do not edit. To make it again after a contract has changed:
 * npx vitest run test/bus/messages.test.ts -u
 */
import type { Json, JsonObject } from '../problems/index.js';

/** The message types of the shipped contracts by their names. */
export interface MessageTypes {
  readonly action: Action;
  readonly approval_decision: ApprovalDecision;
  readonly approval_request: ApprovalRequest;
  readonly decision: Decision;
  readonly 'edge.command': EdgeCommand;
  readonly 'edge.health': EdgeHealth;
  readonly 'edge.telemetry': EdgeTelemetry;
  readonly event: Event;
  readonly incident: Incident;
  readonly 'inference.request': InferenceRequest;
  readonly 'inference.response': InferenceResponse;
  readonly outcome: Outcome;
  readonly validation: Validation;
}

/** Something that is to be done, or is being done, because of a decision. */
export interface Action {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Who ordered it: the brain, or a person by way of the approval bot. */
  readonly source: 'orion-brain' | 'orion-approval-telegram';
  /** This action. */
  readonly action_id: string;
  /** The decision behind it. */
  readonly decision_id: string;
  /** What is done. */
  readonly action_type:
    | 'restart_service'
    | 'scale_service'
    | 'send_notification'
    | 'acknowledge_incident'
    | 'run_diagnostic'
    | 'stop_edge_device'
    | 'restart_edge_device';
  /** Whether it can do harm. */
  readonly safety_classification: 'SAFE' | 'RISKY';
  /** How far it has come. */
  readonly state: 'pending' | 'executing' | 'succeeded' | 'failed' | 'rolled_back';
  /** With what it is done; the shape is up to the action type. */
  readonly parameters: JsonObject;
  /** The approval that allowed it. */
  readonly approval_id?: string;
  /** True when it is taken back after a failure. */
  readonly rollback_enabled?: boolean;
  /** True when it is only talked through. */
  readonly dry_run?: boolean;
  /** Labels for searching and grouping; every value is a string. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A person answers an approval request. */
export interface ApprovalDecision {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Where the person answered. */
  readonly source: 'orion-approval-telegram' | 'orion-approval-cli';
  /** This answer. */
  readonly approval_id: string;
  /** The request it answers. */
  readonly approval_request_id: string;
  /** The decision that needed a person. */
  readonly decision_id: string;
  /** The answer; force also overrides what stands in the way. */
  readonly decision: 'approve' | 'deny' | 'force';
  /** Who answered. */
  readonly admin_identity: string;
  /** Why; not empty. */
  readonly reason: string;
  /** When the person answered. */
  readonly issued_at: string;
  /** Until when the answer may be acted on. */
  readonly expires_at: string;
  /** The action concerned, when it exists already. */
  readonly action_id?: string;
  /** True when an open circuit breaker is to be passed. */
  readonly override_circuit_breaker?: boolean;
  /** True when a running cool-down is to be passed. */
  readonly override_cooldown?: boolean;
  /** Labels for searching and grouping; every value is a string. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The brain asks a person whether an action may be carried out. */
export interface ApprovalRequest {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Only the brain asks. */
  readonly source: 'orion-brain';
  /** This request. */
  readonly approval_request_id: string;
  /** The decision that needs a person. */
  readonly decision_id: string;
  /** What would be done. */
  readonly action_type: string;
  /** Whether it can do harm. */
  readonly risk_level: 'SAFE' | 'RISKY';
  /** The action in full. */
  readonly requested_action: {
    /** What would be done. */
    readonly action_type: string;
    /** With what. */
    readonly parameters: JsonObject;
    /** Why, in ten characters or more. */
    readonly reasoning?: string;
  };
  /** After this moment no answer counts. */
  readonly expires_at: string;
  /** The incident behind it. */
  readonly incident_id?: string;
  /** Labels for searching and grouping; every value is a string. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** What the brain made of an incident, and why. */
export interface Decision {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Only the brain decides. */
  readonly source: 'orion-brain';
  /** This decision. */
  readonly decision_id: string;
  /** The incident it answers. */
  readonly incident_id: string;
  /** What is to follow. */
  readonly decision_type:
    | 'NO_ACTION'
    | 'SUGGEST_ACTION'
    | 'EXECUTE_SAFE_ACTION'
    | 'REQUEST_APPROVAL';
  /** Whether what follows can do harm. */
  readonly safety_classification: 'SAFE' | 'RISKY' | 'UNKNOWN';
  /** True when a person has to agree first. */
  readonly requires_approval: boolean;
  /** Why, in ten characters or more. */
  readonly reasoning: string;
  /** The action the brain has in mind. */
  readonly proposed_action?: {
    /** What is to be done. */
    readonly action_type: string;
    /** With what. */
    readonly parameters?: JsonObject;
  };
  /** How freely the brain may act. */
  readonly autonomy_level?: 'N0' | 'N1' | 'N2' | 'N3';
  /** Labels for searching and grouping; every value is a string. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** What every message of edge.command has. */
export interface EdgeCommandFrame {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** The module that gives the order. */
  readonly source: string;
  /** This order. */
  readonly command_id: string;
  /** The edge device concerned: lower-case letters, digits and hyphens. */
  readonly device_id: string;
  /** How urgent it is. */
  readonly priority?: 'NORMAL' | 'HIGH' | 'EMERGENCY';
  /** After this moment the device ignores the order. */
  readonly expires_at?: string;
}

/** Where to, how fast, how long. */
export interface EdgeCommandMove {
  /** Where to. */
  readonly direction: 'forward' | 'backward' | 'left' | 'right';
  /** Share of full speed. */
  readonly speed: number;
  /** How long, in milliseconds; half a minute at most. */
  readonly duration_ms: number;
}

/** An empty object will do. */
export interface EdgeCommandStop {
  /** Why, for the log. */
  readonly reason?: string;
}

/** What to calibrate. */
export interface EdgeCommandCalibrate {
  /** What to calibrate. */
  readonly calibration_type: 'servos' | 'imu' | 'full';
}

/** Always empty. */
export type EdgeCommandStatus = Readonly<Record<string, never>>;

/** An order to a device at the edge. What may stand in `parameters` follows from `command_type`; leaving `parameters` out is always allowed. */
export type EdgeCommand = EdgeCommandFrame &
  (
    | { readonly command_type: 'MOVE'; readonly parameters?: EdgeCommandMove }
    | { readonly command_type: 'STOP'; readonly parameters?: EdgeCommandStop }
    | { readonly command_type: 'CALIBRATE'; readonly parameters?: EdgeCommandCalibrate }
    | { readonly command_type: 'STATUS'; readonly parameters?: EdgeCommandStatus }
  );

/** How a device at the edge is doing as a whole. */
export interface EdgeHealth {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** The edge agent that sent this, named after its device. */
  readonly source: string;
  /** This report. */
  readonly health_id: string;
  /** The edge device concerned: lower-case letters, digits and hyphens. */
  readonly device_id: string;
  /** What the device is doing. */
  readonly state: 'RUNNING' | 'IDLE' | 'SAFE_MODE' | 'ERROR' | 'OFFLINE';
  /** Seconds since it was switched on. */
  readonly uptime_seconds: number;
  /** Whom it can reach. */
  readonly connection_status: {
    /** True while the MQTT broker answers. */
    readonly mqtt_connected: boolean;
    /** True while Redis answers. */
    readonly redis_connected: boolean;
    /** When it last heard from the brain; null when it never has. */
    readonly last_brain_contact: string | null;
  };
  /** Whether it may move. */
  readonly safety_state: {
    /** True while the dead man's switch keeps it still. */
    readonly dead_man_switch_active: boolean;
    /** Milliseconds until the watchdog stops it. */
    readonly watchdog_remaining_ms: number;
    /** True when it stands where it can do no harm. */
    readonly in_safe_position: boolean;
  };
  /** The last order it received. */
  readonly last_command_id?: string;
  /** What is wrong, for a person. */
  readonly errors?: readonly string[];
}

/** What every message of edge.telemetry has. */
export interface EdgeTelemetryFrame {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** The edge agent that sent this, named after its device. */
  readonly source: string;
  /** This reading. */
  readonly telemetry_id: string;
  /** The edge device concerned: lower-case letters, digits and hyphens. */
  readonly device_id: string;
}

/** Where the device is and which way it looks. */
export interface EdgeTelemetryPosition {
  /** Along the first axis. */
  readonly x: number;
  /** Along the second axis. */
  readonly y: number;
  /** Along the third axis. */
  readonly z: number;
  /** Degrees. */
  readonly heading: number;
}

/** How much power is left. */
export interface EdgeTelemetryBattery {
  /** Percent. */
  readonly level: number;
  /** Volts. */
  readonly voltage: number;
  /** True on the charger. */
  readonly charging: boolean;
}

/** How warm it is inside, in degrees Celsius. */
export interface EdgeTelemetryTemperature {
  /** Of the processor. */
  readonly cpu_temp: number;
  /** Of the motors. */
  readonly motor_temp: number;
}

/** How one servo stands. */
export interface EdgeTelemetryServoStatus {
  /** Its number. */
  readonly servo_id: number;
  /** Degrees. */
  readonly angle: number;
  /** Share of full load. */
  readonly load: number;
}

/** How well the device is connected. */
export interface EdgeTelemetryNetwork {
  /** True while it has a link. */
  readonly connected: boolean;
  /** Round trip, in milliseconds. */
  readonly latency_ms: number;
  /** When it was last heard. */
  readonly last_heartbeat: string;
}

/** One reading of one instrument of a device at the edge. What `value` holds follows from `telemetry_type`. */
export type EdgeTelemetry = EdgeTelemetryFrame &
  (
    | { readonly telemetry_type: 'POSITION'; readonly value: EdgeTelemetryPosition }
    | { readonly telemetry_type: 'BATTERY'; readonly value: EdgeTelemetryBattery }
    | { readonly telemetry_type: 'TEMPERATURE'; readonly value: EdgeTelemetryTemperature }
    | { readonly telemetry_type: 'SERVO_STATUS'; readonly value: EdgeTelemetryServoStatus }
    | { readonly telemetry_type: 'NETWORK'; readonly value: EdgeTelemetryNetwork }
  );

/** Something that was noticed: the raw material of incidents. */
export interface Event {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** The module that noticed it. */
  readonly source: string;
  /** This event. */
  readonly event_id: string;
  /** What kind of thing was noticed. */
  readonly event_type:
    | 'metric_threshold_exceeded'
    | 'service_down'
    | 'service_up'
    | 'edge_device_offline'
    | 'edge_device_online'
    | 'edge_telemetry'
    | 'user_command_received'
    | 'external_api_failure'
    | 'external_api_success';
  /** How bad it is by itself, before anything is correlated. */
  readonly severity: 'info' | 'warning' | 'error' | 'critical';
  /** The particulars; their shape is up to the event type. */
  readonly data: JsonObject;
  /** Labels for searching and grouping; every value is a string. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Several events that belong together, as the guardian sees them. */
export interface Incident {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Only the guardian correlates. */
  readonly source: 'orion-guardian';
  /** This incident. */
  readonly incident_id: string;
  /** What the events add up to. */
  readonly incident_type:
    | 'service_outage'
    | 'edge_device_failure'
    | 'metric_anomaly'
    | 'repeated_failures'
    | 'correlation_detected';
  /** How bad the whole is. */
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  /** The events it is made of; at least one. */
  readonly event_ids: readonly string[];
  /** The span of time in which the events were put together. */
  readonly correlation_window: {
    /** Its beginning. */
    readonly start: string;
    /** Its end. */
    readonly end: string;
  };
  /** How far people or modules have dealt with it. */
  readonly state: 'open' | 'acknowledged' | 'resolved';
  /** What happened, for a person. */
  readonly description?: string;
  /** Labels for searching and grouping; every value is a string. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A question to a language model. */
export interface InferenceRequest {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Who asks; any name. */
  readonly source: string;
  /** This question. */
  readonly request_id: string;
  /** The model to ask. */
  readonly model: string;
  /** The conversation so far; at least one message. */
  readonly messages: readonly {
    /** Who speaks. */
    readonly role: 'user' | 'assistant' | 'system';
    /** What is said. */
    readonly content: string;
  }[];
  /** How long the model is to stay loaded. */
  readonly keep_alive_seconds?: number;
  /** Where the answer is wanted; its shape is between the two ends. */
  readonly callback?: Json;
}

/** A language model's answer, or why there is none. */
export interface InferenceResponse {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Who answers. */
  readonly source: string;
  /** The question answered. */
  readonly request_id: string;
  /** The model that was asked. */
  readonly model: string;
  /** The answer. */
  readonly response?: Json;
  /** Tokens read. */
  readonly prompt_tokens?: number;
  /** Tokens written. */
  readonly completion_tokens?: number;
  /** Milliseconds spent loading the model. */
  readonly load_duration_ms?: number;
  /** Milliseconds spent altogether. */
  readonly total_duration_ms?: number;
  /** Why there is no answer. */
  readonly error?: Json;
}

/** How an action ended. */
export interface Outcome {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Only the commander carries actions out. */
  readonly source: 'orion-commander';
  /** This outcome. */
  readonly outcome_id: string;
  /** The action that ended. */
  readonly action_id: string;
  /** How it ended. */
  readonly status: 'succeeded' | 'failed' | 'rolled_back';
  /** How long it took, in milliseconds. */
  readonly execution_time_ms: number;
  /** What it brought to light. */
  readonly result?: JsonObject;
  /** Why it failed. */
  readonly error?: {
    /** A short name or number for programs. */
    readonly code: string | number;
    /** A sentence for people. */
    readonly message: string;
    /** Whatever else is known. */
    readonly details?: JsonObject;
  };
  /** True when it was taken back. */
  readonly rollback_executed?: boolean;
  /** Labels for searching and grouping; every value is a string. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The council's second opinion on a decision. */
export interface Validation {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** Only the council validates. */
  readonly source: 'orion-council';
  /** This opinion. */
  readonly validation_id: string;
  /** The decision looked at. */
  readonly decision_id: string;
  /** Whether the decision may stand. */
  readonly result: 'APPROVED' | 'BLOCKED';
  /** How sure the council is, from 0 to 1. */
  readonly confidence: number;
  /** What speaks for and against. */
  readonly critique: string;
  /** Which models were asked. */
  readonly validators_used: readonly ('local' | 'claude' | 'openai')[];
  /** True when a person was called in. */
  readonly escalated_to_admin?: boolean;
  /** True when one voice alone blocked it for safety. */
  readonly safety_veto_triggered?: boolean;
}
