import { LUA_CHECK_TOKEN, type Script } from './script.js';

/**
 * Moves pending entries from one group to another, or to another consumer of the same group, with
 * their delivery time and count. Each id is wholly moved or not at all, and moving again is harmless.
 */
export const MOVE_PENDING: Script = {
  name: 'move-pending',
  lua: `
-- KEYS: 1 stream, 2 the stream's copy of the fencing token
-- ARGV: 1 token, 2 group to take from, 3 group to give to (may be the same),
--       then for each id: id, consumer to hold it, delivery time in ms, delivery count
-- Result: for each id 1 moved, 0 not pending in the first group, -1 its entry is gone
-- Failures: FENCED; NOGROUP; WRONGTYPE
local stream, token_key, token = KEYS[1], KEYS[2], ARGV[1]
${LUA_CHECK_TOKEN}
local from, to, answers = ARGV[2], ARGV[3], {}
redis.call('XPENDING', stream, to)
for i = 4, #ARGV, 4 do
  local id, consumer, time, count = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local answer = 1
  if #redis.call('XPENDING', stream, from, id, id, 1) == 0 then
    answer = 0
  elseif #redis.call('XRANGE', stream, id, id, 'COUNT', 1) == 0 then
    answer = -1
  elseif from == to then
    -- No acknowledgement here: it would take the entry from the very group that must keep it.
    redis.call('XCLAIM', stream, to, consumer, 0, id, 'TIME', time, 'RETRYCOUNT', count, 'JUSTID')
  else
    redis.call('XCLAIM', stream, to, consumer, 0, id, 'TIME', time, 'RETRYCOUNT', count, 'FORCE', 'JUSTID')
    redis.call('XACK', stream, from, id)
  end
  answers[#answers + 1] = answer
end
return answers
`,
};
