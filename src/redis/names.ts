/*
 * The names that hold the whole tool together. Each is a string that must not be mistaken for another.
 */

/** The key of a stream, such as `orion:events`. */
export type StreamKey = string & { readonly brand: 'StreamKey' };
/** A consumer group's name; it means something only together with a stream. */
export type GroupName = string & { readonly brand: 'GroupName' };
/** A consumer's name within a group. */
export type ConsumerName = string & { readonly brand: 'ConsumerName' };

export const streamKey = (text: string): StreamKey => text as StreamKey;
export const groupName = (text: string): GroupName => text as GroupName;
export const consumerName = (text: string): ConsumerName => text as ConsumerName;

/** The stream that carries a contract type: a plain `s` is appended, whatever the grammar says. */
export function streamOfType(prefix: string, type: string): StreamKey {
  return streamKey(`${prefix}:${type}s`);
}

/** The contract type of a stream's key, or null where the key is no stream of this prefix. */
export function typeOfStream(prefix: string, key: string): string | null {
  if (!key.startsWith(`${prefix}:`) || !key.endsWith('s')) return null;
  if (key.startsWith(`${prefix}:orion-bus:`)) return null;
  const type = key.slice(prefix.length + 1, -1);
  return type === '' ? null : type;
}

/** Keys that this tool keeps for itself; discovery of streams passes them over. */
export const ownKeys = {
  lease: (prefix: string): string => `${prefix}:orion-bus:lease`,
  leaseToken: (prefix: string): string => `${prefix}:orion-bus:lease-token`,
  state: (prefix: string): string => `${prefix}:orion-bus:state`,
  probe: (prefix: string, uuid: string): StreamKey =>
    streamKey(`${prefix}:orion-bus:probe:${uuid}`),
  /** Never written: the question whether Redis takes writes names it. */
  health: (prefix: string): string => `${prefix}:orion-bus:health`,
  /** A copy of the fencing token in the stream's own slot, for the scripts that change the stream. */
  tokenOf: (stream: StreamKey): string => `orion-bus:token:{${stream}}`,
};
