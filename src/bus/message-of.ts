import type { MessageTypes } from './messages.js';

/** The message of a contract type; `unknown` for a type that is not one of the shipped contracts. */
export type MessageOf<Type extends string> = Type extends keyof MessageTypes
  ? MessageTypes[Type]
  : unknown;
