import type { Script } from '../redis/index.js';

/** Takes the lease where it is free, or where it is still the value that may be replaced. */
export const ACQUIRE: Script = {
  name: 'lease-acquire',
  lua: `
-- KEYS: 1 the lease, 2 the token counter
-- ARGV: 1 the value up to its token, 2 ttl in ms, 3 the value that may be replaced ('' for none)
-- Result: {1, token, the value replaced or ''}: taken;
--         {0, the value, remaining ms or -1 for ever}: held
-- Failures: WRONGTYPE
local current = redis.call('GET', KEYS[1])
if current and current ~= ARGV[3] then return {0, current, redis.call('PTTL', KEYS[1])} end
-- The copies beside the streams do not expire. A counter that was deleted, or lost in a failover, must
-- not begin again below them, or every later holder is refused: so never below Redis's own seconds.
local token = redis.call('INCR', KEYS[2])
local seconds = tonumber(redis.call('TIME')[1])
if token < seconds then
  token = seconds
  redis.call('SET', KEYS[2], string.format('%d', token))
end
redis.call('SET', KEYS[1], ARGV[1] .. string.format('%d', token) .. '}', 'PX', ARGV[2])
return {1, token, current or ''}
`,
};

/** Prolongs the lease; one that is gone while nobody has taken it since is put back. */
export const RENEW: Script = {
  name: 'lease-renew',
  lua: `
-- KEYS: 1 the lease, 2 the token counter
-- ARGV: 1 own value, 2 ttl in ms, 3 own token
-- Result: '' prolonged; otherwise the value of who holds it now, or 'nobody'
-- Failures: WRONGTYPE
-- The whole value is compared, not the token alone, which a failover may have given out twice.
local current = redis.call('GET', KEYS[1])
if current and current ~= ARGV[1] then return current end
if not current and redis.call('GET', KEYS[2]) ~= ARGV[3] then return 'nobody' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
`,
};

/** Gives the lease back. */
export const RELEASE: Script = {
  name: 'lease-release',
  lua: `
-- KEYS: 1 the lease
-- ARGV: 1 own value
-- Result: 1 released; 0 it was not ours any more
-- Failures: WRONGTYPE
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
};

/** Reads the lease. A script, since with the memory full Redis refuses even reading within MULTI. */
export const READ: Script = {
  name: 'lease-read',
  lua: `
-- KEYS: 1 the lease
-- Result: {the value, remaining ms or -1 for ever}; {} it is free
-- Failures: WRONGTYPE
local current = redis.call('GET', KEYS[1])
return current and {current, redis.call('PTTL', KEYS[1])} or {}
`,
};

/** Puts a token beside a stream, unless a higher one stands there. */
export const GUARD: Script = {
  name: 'guard-stream',
  lua: `
-- KEYS: 1 the token's copy beside the stream
-- ARGV: 1 own token
-- Result: '' it is there now; otherwise the higher token
-- Failures: WRONGTYPE
local current = redis.call('GET', KEYS[1])
if current and tonumber(current) > tonumber(ARGV[1]) then return current end
if current ~= ARGV[1] then redis.call('SET', KEYS[1], ARGV[1]) end
return ''
`,
};
