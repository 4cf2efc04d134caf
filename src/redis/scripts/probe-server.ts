import { LUA_FIELDS, type Script } from './script.js';

/** Finds out by trying what this server can do, on a key that is gone when the script ends. */
export const PROBE_SERVER: Script = {
  name: 'probe-server',
  lua: `
-- KEYS: 1 a key of our own that does not exist
-- Result: [1 where entries-read is kept, 1 where the lag of a trimmed group is exact,
--          1 where a consumer's idle time counts attempts to read]
-- Failures: whatever the server refuses
${LUA_FIELDS}
local key = KEYS[1]
local function read_one()
  redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', 1, 'STREAMS', key, '>')
end
for i = 1, 4 do redis.call('XADD', key, i .. '-1', 'f', 'v') end
redis.call('XGROUP', 'CREATE', key, 'g', '0')
read_one()
redis.call('XTRIM', key, 'MAXLEN', 2)
read_one()
-- Four were added, the second trimmed unread, the first and third read: one is left. Older servers say two.
local group = group_fields(key, 'g')
local consumer = fields(redis.call('XINFO', 'CONSUMERS', key, 'g')[1])
redis.call('DEL', key)
return {
  group['entries-read'] ~= nil and 1 or 0,
  group['lag'] == 1 and 1 or 0,
  consumer['inactive'] ~= nil and 1 or 0,
}
`,
};
