import { type StreamKey, streamKey } from '../redis/index.js';

/**
 * The stream that takes what could not be handled. On a cluster it needs the hash tag, to lie in the
 * slot of its stream: one script moves the entry. It is never trimmed: an operator empties it.
 *
 * An entry of it has the fields of the original as they were, then these, in this order: `original_id`,
 * `group`, `deliveries`, `reason`, `time` (milliseconds since 1970 by Redis's clock).
 */
export function deadStreamOf(stream: StreamKey, clustered: boolean): StreamKey {
  return streamKey(clustered ? `{${stream}}:dead` : `${stream}:dead`);
}
