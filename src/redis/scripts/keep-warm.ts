import { LUA_BEFORE, LUA_FIELDS, LUA_PENDING, LUA_SET_CURSOR, type Script } from './script.js';

/**
 * Moves the cursor of a group that nobody reads from behind the group that took its place, so that a
 * rollback by hand repeats little. Everything it depends on is looked at in the same instant.
 */
export const KEEP_WARM: Script = {
  name: 'keep-warm',
  lua: `
-- KEYS: 1 stream, 2 its copy of the fencing token, 3 the lease (left out on a cluster, where it is
--       in another slot: there the copy that stays as it was says that no run has come between)
-- ARGV: 1 the group to keep warm, 2 the group that is read, 3 the cursor that the last tick left,
--       4 the token that the last tick saw, 5 the consumer that holds parked entries,
--       6 most entries to count for ENTRIESREAD; for 3 and 4 '?' takes what is there
-- Result: ['WARM', cursor now, token]; nothing written: ['LEASED'], ['MISSING'], ['RUN', token],
--         ['DRIFT', cursor, pending]
-- Failures: WRONGTYPE
${LUA_FIELDS}
${LUA_PENDING}
${LUA_BEFORE}
local stream, most = KEYS[1], tonumber(ARGV[6])
${LUA_SET_CURSOR}

if KEYS[3] and redis.call('EXISTS', KEYS[3]) == 1 then return { 'LEASED' } end
local token = redis.call('GET', KEYS[2]) or ''
if redis.call('EXISTS', stream) == 0 then return { 'MISSING' } end
local warm, read_from = group_fields(stream, ARGV[1]), group_fields(stream, ARGV[2])
if not warm or not read_from then return { 'MISSING' } end
if ARGV[4] ~= '?' and token ~= ARGV[4] then return { 'RUN', token } end
local cursor = warm['last-delivered-id']
if warm['pending'] > 0 or (ARGV[3] ~= '?' and cursor ~= ARGV[3]) then
  return { 'DRIFT', cursor, warm['pending'] }
end

-- The lowest entry that somebody still works on; parked ones wait for an operator, for days perhaps.
local function lowest_in_hand()
  local from = '-'
  while true do
    local page = redis.call('XPENDING', stream, ARGV[2], from, '+', SLICE)
    for _, row in ipairs(page) do
      if row[2] ~= ARGV[5] then return row[1] end
    end
    if #page < SLICE then return nil end
    from = '(' .. page[#page][1]
  end
end

local goal = read_from['last-delivered-id']
local lowest = lowest_in_hand()
if lowest then
  local below = redis.call('XREVRANGE', stream, '(' .. lowest, '-', 'COUNT', 1)[1]
  if not below then
    goal = cursor
  elseif before(below[1], goal) then
    goal = below[1]
  end
end
if before(cursor, goal) then
  set_cursor(stream, ARGV[1], goal, entries_read(stream, goal))
  cursor = goal
end
return { 'WARM', cursor, token }
`,
};
