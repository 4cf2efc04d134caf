import type { GroupFigures, StreamFigures } from './stream-figures.js';

/** A figure of a stream or a group as a gauge; null is unknown, and then it is absent. */
type GaugeOf<Figures> = readonly [
  name: string,
  help: string,
  value: (figures: Figures) => number | null,
];

export const STREAM_GAUGES: readonly GaugeOf<StreamFigures>[] = [
  ['redis_stream_length', 'Entries in the stream', (s) => s.length],
  ['redis_stream_groups', 'Groups of the stream', (s) => s.groupCount],
  [
    'redis_stream_last_generated_id',
    'Milliseconds of the last id that was generated',
    (s) => s.lastGeneratedMs,
  ],
  ['redis_stream_entries_added_total', 'Entries ever added to the stream', (s) => s.entriesAdded],
  ['orion_bus_dead_letters', 'Entries in the dead letters of the stream', (s) => s.deadLetters],
];

export const GROUP_GAUGES: readonly GaugeOf<GroupFigures>[] = [
  ['redis_stream_group_consumers', 'Consumers known to the group', (g) => g.consumers],
  ['redis_stream_group_messages_pending', 'Delivered and not acknowledged', (g) => g.pending],
  [
    'redis_stream_group_last_delivered_id',
    'Milliseconds of the last id that was delivered',
    (g) => g.lastDeliveredMs,
  ],
  ['redis_stream_group_entries_read', 'Entries the group has read', (g) => g.entriesRead],
  ['redis_stream_group_lag', 'Entries not delivered yet; absent where unknown', (g) => g.lag],
  ['redis_stream_group_lag_known', 'Whether the lag is known', (g) => (g.lag === null ? 0 : 1)],
  [
    'redis_stream_group_lag_at_least',
    'Entries that are certainly not delivered yet',
    (g) => g.lag ?? g.lagAtLeast,
  ],
  [
    'redis_stream_group_backlog',
    'Lag and pending together; absent where the lag is unknown',
    (g) => (g.lag === null ? null : g.lag + g.pending),
  ],
  [
    'redis_stream_group_max_deliveries',
    'The most deliveries of any of the 500 oldest pending entries',
    (g) => g.maxDeliveries,
  ],
  [
    'redis_stream_group_ghost_pending',
    'How many of the 500 oldest pending entries are gone from the stream: lost messages',
    (g) => g.ghosts,
  ],
  [
    'redis_stream_group_oldest_pending_age_seconds',
    'Age of the oldest message that is pending',
    (g) => g.oldestPendingSeconds,
  ],
  [
    'redis_stream_group_oldest_undelivered_age_seconds',
    'Age of the oldest message that is not delivered yet',
    (g) => g.oldestUndeliveredSeconds,
  ],
];
