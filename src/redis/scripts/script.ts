/**
 * A Lua script. Its text begins with a comment that states KEYS, ARGV, the result and every failure.
 * `RedisLink.script` puts `#!lua flags=allow-oom` in front where the server knows it, because a
 * rollback must work with memory full: XGROUP CREATE and SET are refused then, but not with the flag.
 */
export interface Script {
  readonly name: string;
  readonly lua: string;
}

/**
 * Refuses a script whose caller no longer holds the lease: the stream's copy of the fencing token
 * must be the caller's. It expects `token_key` and `token` as locals, and comes before any write.
 */
export const LUA_CHECK_TOKEN = `
local held = redis.call('GET', token_key)
if held ~= token then
  return redis.error_reply('FENCED the stream is guarded by token ' .. tostring(held) .. ', not ' .. token)
end
`;

/** Functions on pending lists that several scripts share. */
export const LUA_PENDING = `
local SLICE = 1000

-- All pending ids of a group in ascending order.
local function pending_ids(stream, group)
  local ids, from = {}, '-'
  while true do
    local page = redis.call('XPENDING', stream, group, from, '+', SLICE)
    for _, row in ipairs(page) do ids[#ids + 1] = row[1] end
    if #page < SLICE then return ids end
    from = '(' .. page[#page][1]
  end
end

-- Acknowledges ids in slices, since unpack has a limit; returns how many were pending.
local function acknowledge(stream, group, ids)
  local count = 0
  for first = 1, #ids, SLICE do
    local last = math.min(first + SLICE - 1, #ids)
    count = count + redis.call('XACK', stream, group, unpack(ids, first, last))
  end
  return count
end
`;

/** Sets a group's cursor. It expects `most`, how many entries it may count, and comes after LUA_PENDING. */
export const LUA_SET_CURSOR = `
-- The number Redis itself would have counted, had it delivered up to the cursor; without it the lag
-- of a group that was set is unknown until its next tip. Nil where the server keeps no counter.
local function entries_read(stream, cursor)
  local info = fields(redis.call('XINFO', 'STREAM', stream))
  local added = info['entries-added']
  if not added then return nil end
  if info['last-generated-id'] == cursor then return added end
  local count, from = 0, '(' .. cursor
  while count <= most do
    local page = redis.call('XRANGE', stream, from, '+', 'COUNT', SLICE)
    count = count + #page
    if #page < SLICE then return math.max(0, added - count) end
    from = '(' .. page[#page][1]
  end
  return nil
end

local function set_cursor(stream, group, cursor, read)
  if read then
    redis.call('XGROUP', 'SETID', stream, group, cursor, 'ENTRIESREAD', read)
  else
    redis.call('XGROUP', 'SETID', stream, group, cursor)
  end
end
`;

/** Reads flat field-value replies of XINFO by name. */
export const LUA_FIELDS = `
local function fields(flat)
  local map = {}
  for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
  return map
end

local function group_fields(stream, name)
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local map = fields(flat)
    if map['name'] == name then return map end
  end
  return nil
end
`;

/** Compares entry ids. As text, since a Lua number does not hold 64 bits. */
export const LUA_BEFORE = `
local function is_less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

local function before(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return is_less(a_ms, b_ms) end
  return is_less(a_seq, b_seq)
end
`;
