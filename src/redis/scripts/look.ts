import { LUA_FIELDS, type Script } from './script.js';

/**
 * One look at one stream: everything that belongs together is read at the same instant. Bodies stay
 * on the server.
 */
export const LOOK: Script = {
  name: 'look',
  lua: `
-- KEYS: 1 stream
-- ARGV: 1 how far to count undelivered entries (0 = do not count)
--       2 most consumers of a group to describe one by one
--       3 '1' where the server's own lag can be trusted
-- Result: [seconds, microseconds, type, stream fields, groups], the last two only for a stream;
--   a group is [fields, pending summary, consumers, id of the next entry to deliver or '', count or -1]
-- Failures: none of its own
${LUA_FIELDS}
local stream, cap, most = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local kind = redis.call('TYPE', stream)['ok']
if kind ~= 'stream' then return { time[1], time[2], kind } end

local info = redis.call('XINFO', 'STREAM', stream)
for i = 1, #info, 2 do
  if info[i] == 'first-entry' or info[i] == 'last-entry' then
    info[i + 1] = info[i + 1] and info[i + 1][1] or ''
  end
end
local last = fields(info)['last-generated-id']

local groups = {}
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = fields(flat)
  local name, cursor = group['name'], group['last-delivered-id']
  local summary = redis.call('XPENDING', stream, name)
  local consumers = {}
  if group['consumers'] <= most then consumers = redis.call('XINFO', 'CONSUMERS', stream, name) end
  local next_id, count = '', -1
  if cursor ~= last then
    local trusted = ARGV[3] == '1' and group['lag']
    local wanted = 1
    if cap > 0 and not trusted then wanted = cap end
    local after = redis.call('XRANGE', stream, '(' .. cursor, '+', 'COUNT', wanted)
    if after[1] then next_id = after[1][1] end
    if wanted > 1 or not after[1] then count = #after end
  end
  groups[#groups + 1] = { flat, summary, consumers, next_id, count }
end
return { time[1], time[2], kind, info, groups }
`,
};
