import { LUA_CHECK_TOKEN, LUA_FIELDS, type Script } from './script.js';

/**
 * Holds the lag that the server reports for a group against a count of its undelivered entries, and
 * sets the group's counter right where the two differ. Servers from 7.0 to 7.4.3 keep a wrong number
 * after trimming for ever. The cursor is read and set in the same script, so that no reader is set back.
 */
export const REPAIR_LAG: Script = {
  name: 'repair-lag',
  lua: `
-- KEYS: 1 stream, 2 the stream's copy of the fencing token
-- ARGV: 1 token, 2 group, 3 most entries to count, 4 'mend', or 'look' to change nothing (no token then)
-- Result: [verdict, reported lag, counted, entries-read, cursor, entries trimmed unread], '' for unknown;
--         'RIGHT', 'FALSE' (a look), 'MENDED', 'UNKNOWN' (the server reports none, or it cannot be counted)
-- Failures: FENCED; NOGROUP; WRONGTYPE
local stream, token_key, token = KEYS[1], KEYS[2], ARGV[1]
if ARGV[4] == 'mend' then
${LUA_CHECK_TOKEN}
end
${LUA_FIELDS}
local name, most = ARGV[2], tonumber(ARGV[3])
redis.call('XPENDING', stream, name)
local function text(number)
  return number and string.format('%.0f', number) or ''
end

local info, group = fields(redis.call('XINFO', 'STREAM', stream)), group_fields(stream, name)
local cursor, reported, read = group['last-delivered-id'], group['lag'], group['entries-read']
local count, from = 0, '(' .. cursor
while cursor ~= info['last-generated-id'] and count <= most do
  local page = redis.call('XRANGE', stream, from, '+', 'COUNT', 1000)
  count = count + #page
  if #page < 1000 then break end
  from = '(' .. page[#page][1]
end
local unread = read and math.max(0, info['entries-added'] - info['length'] - read) or nil
local answer = { 'UNKNOWN', text(reported), text(count), text(read), cursor, text(unread) }
if not reported or count > most then return answer end
answer[1] = 'RIGHT'
if reported == count then return answer end
answer[1] = 'FALSE'
if ARGV[4] ~= 'mend' then return answer end
redis.call('XGROUP', 'SETID', stream, name, cursor, 'ENTRIESREAD', text(info['entries-added'] - count))
answer[1] = 'MENDED'
return answer
`,
};

/** Removes a group that owes nothing, or a consumer that holds nothing; anything else stays. */
export const REMOVE_GROUP: Script = {
  name: 'remove-group',
  lua: `
-- KEYS: 1 stream, 2 the stream's copy of the fencing token
-- ARGV: 1 token, 2 group, 3 its cursor as it was seen, 4 consumer, '' for the whole group
-- Result: 'REMOVED'; 'MISSING' it is gone already; 'PENDING' entries are pending;
--         'OWED' entries lie after the cursor, 'MOVED' the cursor is not as it was seen (groups only)
-- Failures: FENCED; WRONGTYPE
local stream, token_key, token = KEYS[1], KEYS[2], ARGV[1]
${LUA_CHECK_TOKEN}
${LUA_FIELDS}
local name, consumer = ARGV[2], ARGV[4]
if redis.call('EXISTS', stream) == 0 then return 'MISSING' end
local group = group_fields(stream, name)
if not group then return 'MISSING' end
if consumer ~= '' then
  if #redis.call('XPENDING', stream, name, '-', '+', 1, consumer) > 0 then return 'PENDING' end
  for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', stream, name)) do
    if fields(flat)['name'] == consumer then
      redis.call('XGROUP', 'DELCONSUMER', stream, name, consumer)
      return 'REMOVED'
    end
  end
  return 'MISSING'
end
if redis.call('XPENDING', stream, name)[1] > 0 then return 'PENDING' end
local cursor = group['last-delivered-id']
if #redis.call('XRANGE', stream, '(' .. cursor, '+', 'COUNT', 1) > 0 then return 'OWED' end
if cursor ~= ARGV[3] then return 'MOVED' end
redis.call('XGROUP', 'DESTROY', stream, name)
return 'REMOVED'
`,
};
