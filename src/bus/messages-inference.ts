/*
 * Generated from contracts/*.schema.json; do not edit. To make it again after a contract has changed:
 * npx vitest run test/bus/messages.test.ts -u
 */
import type { Json } from '../problems/index.js';

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
