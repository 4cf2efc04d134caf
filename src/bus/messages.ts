/*
 * Generated from contracts/*.schema.json; do not edit. To make it again after a contract has changed:
 * npx vitest run test/bus/messages.test.ts -u
 */
import type { JsonObject } from '../problems/index.js';
import type { EdgeCommand, EdgeHealth, EdgeTelemetry } from './messages-edge.js';
import type { InferenceRequest, InferenceResponse } from './messages-inference.js';

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
