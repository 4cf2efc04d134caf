import { LUA_BEFORE, LUA_FIELDS, type Script } from '../redis/index.js';

/*
 * What a consumer does with pending entries, each in one script, so that whose an entry is cannot change
 * between the look and the deed.
 */

/** Delivers one entry again to the consumer that holds it, unless it has been delivered often enough. */
export const TAKE_ENTRY: Script = {
  name: 'take-entry',
  lua: `
-- KEYS: 1 stream
-- ARGV: 1 group, 2 consumer, 3 id, 4 deliveries at most
-- Result: ['TAKEN', deliveries with this one, fields]; ['SPENT', deliveries], nothing changed;
--         ['LOST'] it is not pending with this consumer; ['GHOST'] its entry is gone, now acknowledged
-- Failures: NOGROUP; WRONGTYPE
local stream, group, consumer, id = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
if not row or row[2] ~= consumer then return { 'LOST' } end
if #redis.call('XRANGE', stream, id, id) == 0 then
  redis.call('XACK', stream, group, id)
  return { 'GHOST' }
end
if row[4] >= tonumber(ARGV[4]) then return { 'SPENT', tostring(row[4]) } end
return { 'TAKEN', row[4] + 1, redis.call('XCLAIM', stream, group, consumer, 0, id)[1][2] }
`,
};

/** A sign of life for entries: their idle time starts anew, their delivery count stays. */
export const RENEW_ENTRIES: Script = {
  name: 'renew-entries',
  lua: `
-- KEYS: 1 stream
-- ARGV: 1 group, 2 consumer, then ids
-- Result: for each id 1 pending with this consumer, 0 with another, -1 not pending
-- Failures: NOGROUP; WRONGTYPE
local stream, group, consumer, answers = KEYS[1], ARGV[1], ARGV[2], {}
for i = 3, #ARGV do
  local id, answer = ARGV[i], 1
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if not row then
    answer = -1
  elseif row[2] ~= consumer then
    answer = 0
  elseif #redis.call('XRANGE', stream, id, id) == 1 then
    -- Not when its entry is gone: the claim would drop it from the pending list.
    redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID')
  end
  answers[#answers + 1] = answer
end
return answers
`,
};

/**
 * Looks through pending entries that nobody gave a sign of life for: what the consumer holds itself is
 * told, what others hold is moved to it without counting as a delivery.
 */
export const SWEEP_ENTRIES: Script = {
  name: 'sweep-entries',
  lua: `
-- KEYS: 1 stream
-- ARGV: 1 group, 2 consumer, 3 lower end: '-', or '(' and an id, 4 how many to move at most,
--       5 least idle ms of own entries, 6 least idle ms of others', '' to leave them alone,
--       then consumers whose entries are left alone
-- Result: [lower end to go on from, '' at the end; own as [id, deliveries]; moved as [id, deliveries];
--          ghosts: ids of others whose entries are gone, now acknowledged]
-- Failures: NOGROUP; WRONGTYPE
local PAGE, PAGES = 100, 10
local stream, group, consumer, from, most = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local own_idle, idle = tonumber(ARGV[5]), tonumber(ARGV[6])
local own, moved, ghosts, left_alone = {}, {}, {}, {}
for i = 7, #ARGV do left_alone[ARGV[i]] = true end

for _ = 1, PAGES do
  local page
  if idle then
    page = redis.call('XPENDING', stream, group, 'IDLE', math.min(own_idle, idle), from, '+', PAGE)
  else
    page = redis.call('XPENDING', stream, group, 'IDLE', own_idle, from, '+', PAGE, consumer)
  end
  for _, row in ipairs(page) do
    local id, owner, since, deliveries = row[1], row[2], row[3], row[4]
    if owner == consumer then
      if since >= own_idle then own[#own + 1] = { id, tostring(deliveries) } end
    elseif since >= idle and not left_alone[owner] then
      if #moved == most then return { from, own, moved, ghosts } end
      if #redis.call('XRANGE', stream, id, id) == 0 then
        redis.call('XACK', stream, group, id)
        ghosts[#ghosts + 1] = id
      else
        redis.call('XCLAIM', stream, group, consumer, idle, id, 'JUSTID')
        moved[#moved + 1] = { id, tostring(deliveries) }
      end
    end
    from = '(' .. id
  end
  if #page < PAGE then return { '', own, moved, ghosts } end
end
return { from, own, moved, ghosts }
`,
};

/** What stands out among the pending entries that a group has had longest. */
export const OLDEST_PENDING: Script = {
  name: 'oldest-pending',
  lua: `
-- KEYS: 1 stream
-- ARGV: 1 group, 2 how many to look at, from the lowest id
-- Result: [the most deliveries of one, how many have no entry any more]
-- Failures: NOGROUP; WRONGTYPE
local most, ghosts = 0, 0
for _, row in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', ARGV[2])) do
  if row[4] > most then most = row[4] end
  if #redis.call('XRANGE', KEYS[1], row[1], row[1]) == 0 then ghosts = ghosts + 1 end
end
return { most, ghosts }
`,
};

/** Moves one entry to the dead letters: added there and acknowledged here, or nothing at all. */
export const DEAD_LETTER: Script = {
  name: 'dead-letter',
  lua: `
-- KEYS: 1 stream, 2 stream of dead letters
-- ARGV: 1 group, 2 consumer, 3 id, 4 deliveries, 5 reason
-- Result: 'MOVED'; 'LOST' it is not pending with this consumer; 'GHOST' its entry is gone, now acknowledged
-- Failures: NOGROUP; WRONGTYPE; OOM (nothing has changed then)
local MOST = 7000
local stream, group, id = KEYS[1], ARGV[1], ARGV[3]
local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
if not row or row[2] ~= ARGV[2] then return 'LOST' end
local entry = redis.call('XRANGE', stream, id, id)[1]
if not entry then
  redis.call('XACK', stream, group, id)
  return 'GHOST'
end
local fields, time = entry[2], redis.call('TIME')
-- More than this many values cannot be passed to one command.
if #fields > MOST then fields = { 'fields', cjson.encode(fields) } end
local now = time[1] .. string.format('%03d', math.floor(tonumber(time[2]) / 1000))
for _, value in ipairs({ 'original_id', id, 'group', group, 'deliveries', ARGV[4], 'reason', ARGV[5], 'time', now }) do
  fields[#fields + 1] = value
end
redis.call('XADD', KEYS[2], '*', unpack(fields))
redis.call('XACK', stream, group, id)
return 'MOVED'
`,
};

/**
 * Puts back what a consumer has in hand into a group that does not know it. From its first entry on a
 * consumer stands in its group, so one that is missing there stands before another group of the same name,
 * or was removed with all it had pending. Only then anything is put back: what is not pending in a group
 * that knows the consumer has been acknowledged.
 *
 * A group that is gone is made again on demand: after the last entry that this consumer was given, or with
 * the first where the stream is a new one. One that somebody else has made meanwhile stays where it is.
 */
export const REJOIN_GROUP: Script = {
  name: 'rejoin-group',
  lua: `
-- KEYS: 1 stream
-- ARGV: 1 group, 2 consumer, 3 last id that this consumer was given, '' where a group that is gone is not made,
--       then for each id in hand: id, deliveries
-- Result: the cursor at which the group was made, '' where it was there
-- Failures: NOGROUP or no such key, where it is not made; WRONGTYPE; OOM before Redis 7, where it is made
${LUA_FIELDS}
${LUA_BEFORE}
local stream, group, consumer, last = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local made = ''
if last ~= '' and redis.call('EXISTS', stream) == 0 then
  redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
  made = '0-0'
elseif last ~= '' and not group_fields(stream, group) then
  -- A stream behind what was delivered from it is not the same stream: all of it is owed.
  if before(fields(redis.call('XINFO', 'STREAM', stream))['last-generated-id'], last) then last = '0-0' end
  redis.call('XGROUP', 'CREATE', stream, group, last)
  made = last
end

local function is_known()
  local created = redis.pcall('XGROUP', 'CREATECONSUMER', stream, group, consumer)
  if type(created) == 'number' then return created == 0 end
  -- Refused, as with memory full before Redis 7; or the group is gone, and then this says so.
  for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
    if fields(flat)['name'] == consumer then return true end
  end
  return false
end

if is_known() then return made end
local cursor = group_fields(stream, group)['last-delivered-id']
for i = 4, #ARGV, 2 do
  local id = ARGV[i]
  -- What lies after the cursor is delivered by it; forced as well it would be delivered twice.
  local behind = not before(cursor, id)
  if behind and #redis.call('XPENDING', stream, group, id, id, 1) == 0
    and #redis.call('XRANGE', stream, id, id) == 1 then
    redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', ARGV[i + 1], 'FORCE', 'JUSTID')
  end
end
return made
`,
};
