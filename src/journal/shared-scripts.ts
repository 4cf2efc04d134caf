import type { Script } from '../redis/index.js';

/** Writes fields of the shared state, for the holder of the lease only. */
export const STATE_WRITE: Script = {
  name: 'state-write',
  lua: `
-- KEYS: 1 the token counter, 2 the shared state
-- ARGV: 1 own token, 2 'replace' the open run or 'keep' it, then fields and values in turn
-- Result: '' written; otherwise the token that stands there, 'none' where it is gone
-- Failures: WRONGTYPE
local current = redis.call('GET', KEYS[1]) or 'none'
if current ~= ARGV[1] then return current end
if ARGV[2] == 'replace' then redis.call('HDEL', KEYS[2], 'run.id', 'run.verb', 'run.module') end
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return ''
`,
};

/** Puts a halt in force where there is none. */
export const HALT_RAISE: Script = {
  name: 'halt-raise',
  lua: `
-- KEYS: 1 the shared state
-- ARGV: 1 reason, 2 by whom, 3 when by the host's clock
-- Result: {1 raised or 0 one was in force, all fields and values}
-- Failures: WRONGTYPE
local raised = 0
if redis.call('HEXISTS', KEYS[1], 'halt.reason') == 0 then
  local time = redis.call('TIME')
  local ms = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('HSET', KEYS[1], 'halt.reason', ARGV[1], 'halt.by', ARGV[2], 'halt.at', ARGV[3],
    'halt.redisAt', ms)
  raised = 1
end
return {raised, redis.call('HGETALL', KEYS[1])}
`,
};

/** Announces a rollback under the halt in force. */
export const ANNOUNCE: Script = {
  name: 'rollback-announce',
  lua: `
-- KEYS: 1 the shared state
-- ARGV: 1 the command, 2 how long to wait in ms
-- Result: all fields and values; {} where no halt is in force
-- Failures: WRONGTYPE
if redis.call('HEXISTS', KEYS[1], 'halt.reason') == 0 then return {} end
if redis.call('HEXISTS', KEYS[1], 'rollback.begun') == 0 then
  local time = redis.call('TIME')
  local due = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
  redis.call('HSETNX', KEYS[1], 'rollback.due', string.format('%.0f', due))
  redis.call('HSET', KEYS[1], 'rollback.command', ARGV[1])
end
return redis.call('HGETALL', KEYS[1])
`,
};

/** Lets one caller begin the announced rollback. */
export const ANNOUNCED_BEGIN: Script = {
  name: 'rollback-begin',
  lua: `
-- KEYS: 1 the shared state
-- Result: 1 begun by this call; 0 called off, not due yet, or begun before
-- Failures: WRONGTYPE
local due = redis.call('HGET', KEYS[1], 'rollback.due')
if not due or redis.call('HEXISTS', KEYS[1], 'halt.reason') == 0 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now < tonumber(due) then return 0 end
return redis.call('HSETNX', KEYS[1], 'rollback.begun', string.format('%.0f', now))
`,
};

/** Takes the halt out, and calls off what was announced under it. */
export const HALT_CLEAR: Script = {
  name: 'halt-clear',
  lua: `
-- KEYS: 1 the shared state
-- Result: all fields and values as they were before
-- Failures: WRONGTYPE
local fields = redis.call('HGETALL', KEYS[1])
redis.call('HDEL', KEYS[1], 'halt.reason', 'halt.by', 'halt.at', 'halt.redisAt',
  'rollback.command', 'rollback.due', 'rollback.begun')
return fields
`,
};
