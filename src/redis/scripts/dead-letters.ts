import { LUA_BEFORE, LUA_CHECK_TOKEN, LUA_FIELDS, type Script } from './script.js';

/**
 * Puts one dead letter back to the group it came from, and to no other: its original entry is made
 * pending there again, with no delivery counted, and the dead letter is removed, both or neither.
 */
export const REVIVE_DEAD: Script = {
  name: 'revive-dead',
  lua: `
-- KEYS: 1 stream, 2 the stream's copy of the fencing token, 3 stream of dead letters
-- ARGV: 1 token, 2 group, 3 consumer to hold it, 4 id of the dead letter, 5 original id,
--       6 when it was last delivered, in ms
-- Result: 'REVIVED'; 'OWED' the group owes it already, the dead letter is removed;
--         'TRIMMED' its entry is gone, 'SETTLED' the dead letter is gone: nothing was changed
-- Failures: FENCED; NOGROUP; WRONGTYPE
local stream, token_key, token, dead = KEYS[1], KEYS[2], ARGV[1], KEYS[3]
${LUA_CHECK_TOKEN}
${LUA_FIELDS}
${LUA_BEFORE}
local group, id, original = ARGV[2], ARGV[4], ARGV[5]
local pending = redis.call('XPENDING', stream, group, original, original, 1)
if #redis.call('XRANGE', dead, id, id, 'COUNT', 1) == 0 then return 'SETTLED' end
local answer = 'REVIVED'
-- Behind a cursor that was set back it is delivered anyway; forced as well it would be delivered twice.
if #pending == 1 or before(group_fields(stream, group)['last-delivered-id'], original) then
  answer = 'OWED'
end
if #redis.call('XRANGE', stream, original, original, 'COUNT', 1) == 0 then return 'TRIMMED' end
if answer == 'REVIVED' then
  redis.call('XCLAIM', stream, group, ARGV[3], 0, original, 'TIME', ARGV[6], 'RETRYCOUNT', 0, 'FORCE', 'JUSTID')
end
redis.call('XDEL', dead, id)
return answer
`,
};

/** Removes a dead letter whose message somebody has handled. */
export const DROP_DEAD: Script = {
  name: 'drop-dead',
  lua: `
-- KEYS: 1 stream, 2 the stream's copy of the fencing token, 3 stream of dead letters
-- ARGV: 1 token, 2 id of the dead letter
-- Result: 1 removed, 0 it was gone
-- Failures: FENCED; WRONGTYPE
local token_key, token = KEYS[2], ARGV[1]
${LUA_CHECK_TOKEN}
return redis.call('XDEL', KEYS[3], ARGV[2])
`,
};
