import { LUA_CHECK_TOKEN, type Script } from './script.js';

/**
 * Gives pending entries of a group to a consumer, each only where it is still as it was seen: held by
 * that consumer, delivered that often. An entry that is gone from its stream is left alone, since a
 * claim would drop it from the pending list (Redis 7.0) and with it the only trace of a loss.
 */
export const CLAIM_PENDING: Script = {
  name: 'claim-pending',
  lua: `
-- KEYS: 1 stream, 2 the stream's copy of the fencing token
-- ARGV: 1 token, 2 group, 3 least idle ms, 4 '1' where this counts as a delivery,
--       then for each id: id, consumer to hold it, consumer seen, deliveries seen
-- Result: for each id 'CLAIMED', 'BUSY' (not idle for so long), 'OTHER' (not as it was seen),
--         'SETTLED' (not pending), 'GHOST' (its entry is gone)
-- Failures: FENCED; NOGROUP; WRONGTYPE
local stream, token_key, token = KEYS[1], KEYS[2], ARGV[1]
${LUA_CHECK_TOKEN}
local group, idle, counts, answers = ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1', {}
for i = 5, #ARGV, 4 do
  local id, consumer, answer = ARGV[i], ARGV[i + 1], 'CLAIMED'
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if not row then
    answer = 'SETTLED'
  elseif row[2] ~= ARGV[i + 2] or row[4] ~= tonumber(ARGV[i + 3]) then
    answer = 'OTHER'
  elseif row[3] < idle then
    answer = 'BUSY'
  elseif #redis.call('XRANGE', stream, id, id, 'COUNT', 1) == 0 then
    answer = 'GHOST'
  elseif counts then
    redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', row[4] + 1, 'JUSTID')
  else
    redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID')
  end
  answers[#answers + 1] = answer
end
return answers
`,
};

/** Acknowledges pending entries, each only where the consumer named holds it. */
export const ACKNOWLEDGE: Script = {
  name: 'acknowledge',
  lua: `
-- KEYS: 1 stream, 2 the stream's copy of the fencing token
-- ARGV: 1 token, 2 group, then for each id: id, consumer that must hold it ('' for any)
-- Result: for each id 'ACKNOWLEDGED', 'OTHER' (another consumer holds it), 'SETTLED' (not pending)
-- Failures: FENCED; NOGROUP (XACK alone would hide it); WRONGTYPE
local stream, token_key, token = KEYS[1], KEYS[2], ARGV[1]
${LUA_CHECK_TOKEN}
local group, answers = ARGV[2], {}
for i = 3, #ARGV, 2 do
  local id, answer = ARGV[i], 'ACKNOWLEDGED'
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if not row then
    answer = 'SETTLED'
  elseif ARGV[i + 1] ~= '' and row[2] ~= ARGV[i + 1] then
    answer = 'OTHER'
  else
    redis.call('XACK', stream, group, id)
  end
  answers[#answers + 1] = answer
end
return answers
`,
};
