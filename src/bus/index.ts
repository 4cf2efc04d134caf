/*
 * The bus: a library to publish and subscribe with, and the daemon `serve`.
 *
 * A *message* is a JSON document of a contract *type*; it is appended to the *stream* of its type as
 * one *entry*, whose id the publisher is given. A *group* has each entry handled once by one of its
 * *consumers*. `createBus` is what a program imports.
 */
export type { EntryId } from '../redis/index.js';
export type { Secret } from './access.js';
export {
  type BusDaemonOptions,
  type BusDaemonRuntime,
  runBusDaemon,
  type SignalSource,
} from './bus-daemon.js';
export { type BusServer, type BusServerOptions, createBusServer } from './bus-server.js';
export { ContractViolation, type MessageViolation } from './contract-violation.js';
export { type Bus, type BusOptions, createBus } from './create-bus.js';
export { deadStreamOf } from './dead-letters.js';
export { createLog, LOG_LEVELS, type Log, type LogLevel } from './log.js';
export type { MessageOf } from './message-of.js';
export type * from './messages.js';
export type * from './messages-edge.js';
export type * from './messages-inference.js';
export { openSubscription, type SubscriptionContext } from './open-subscription.js';
export { PROBE_TYPE } from './probe.js';
export { createPublisher, type Publisher, type PublisherOptions } from './publisher.js';
export { redisAddress } from './redis-address.js';
export {
  type RoundTripOptions,
  type RoundTripResult,
  type RoundTripStage,
  roundTrip,
} from './round-trip.js';
export type {
  CloseOptions,
  CloseReport,
  Delivery,
  Handler,
  ProblemCode,
  SubscribeOptions,
  Subscription,
  SubscriptionProblem,
  SubscriptionState,
  SubscriptionStats,
} from './subscription.js';
