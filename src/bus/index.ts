/*
 * The bus: a library to publish with, and the daemon `serve`.
 *
 * A *message* is a JSON document of a contract *type*; it is appended to the *stream* of its type as
 * one *entry*, whose id the publisher is given. `createBus` is what a program imports.
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
export { createLog, LOG_LEVELS, type Log, type LogLevel } from './log.js';
export { PROBE_TYPE } from './probe.js';
export { createPublisher, type Publisher, type PublisherOptions } from './publisher.js';
export { redisAddress } from './redis-address.js';
export {
  type RoundTripOptions,
  type RoundTripResult,
  type RoundTripStage,
  roundTrip,
} from './round-trip.js';
