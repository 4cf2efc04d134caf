import { LUA_FIELDS, LUA_PENDING, LUA_SET_CURSOR, type Script } from './script.js';

/** What the script is told about one stream, as JSON. */
export interface TurnArgument {
  readonly giving: string;
  readonly receiving: string;
  /** The cursor both groups end at. */
  readonly cursor: string;
  readonly givingCursor: string;
  readonly givingPending: readonly string[];
  /** Of these, what is acknowledged: covered by the cursor, or gone. */
  readonly givingAcknowledge: readonly string[];
  /** The next three are empty or null where both groups are the same. */
  readonly receivingCursor: string | null;
  readonly receivingPending: readonly string[];
  readonly receivingAcknowledge: readonly string[];
  /** How many stay pending in the receiving group. */
  readonly remaining: number;
}

/**
 * The turn: after it both groups stand at the same cursor, and the receiving one owes what the giving
 * one owed. Nothing is written before everything was compared, for all streams of the module.
 */
export const TURN: Script = {
  name: 'turn',
  lua: `
-- KEYS: for each stream: the stream, its copy of the fencing token
-- ARGV: 1 token, 2 most entries to count for ENTRIESREAD,
--       then for each stream the JSON of a TurnArgument
-- Result: ['CHANGED', stream, what differs], nothing written;
--         ['DONE', then for each stream: entries acknowledged in the giving group, in the receiving group]
-- Failures: FENCED; VERIFY (a defect: what was written is not what was meant); WRONGTYPE
${LUA_FIELDS}
${LUA_PENDING}
local token, most, turns = ARGV[1], tonumber(ARGV[2]), {}

local function differs(stream, name, cursor, ids)
  local group = group_fields(stream, name)
  if not group then return 'group ' .. name .. ' is missing' end
  if group['last-delivered-id'] ~= cursor then
    return 'the cursor of ' .. name .. ' is ' .. group['last-delivered-id'] .. ', not ' .. cursor
  end
  local now = pending_ids(stream, name)
  if #now ~= #ids then return name .. ' has ' .. #now .. ' pending, not ' .. #ids end
  for i, id in ipairs(ids) do
    if now[i] ~= id then return 'entry ' .. id .. ' is not pending in ' .. name end
  end
  return nil
end

for i = 3, #ARGV do
  local turn = cjson.decode(ARGV[i])
  local stream, token_key = KEYS[2 * i - 5], KEYS[2 * i - 4]
  local held = redis.call('GET', token_key)
  if held ~= token then
    return redis.error_reply('FENCED the stream is guarded by token ' .. tostring(held) .. ', not ' .. token)
  end
  if redis.call('TYPE', stream)['ok'] ~= 'stream' then return { 'CHANGED', stream, 'the stream is gone' } end
  local change = differs(stream, turn.giving, turn.givingCursor, turn.givingPending)
  if not change and turn.giving ~= turn.receiving then
    change = differs(stream, turn.receiving, turn.receivingCursor, turn.receivingPending)
  end
  if change then return { 'CHANGED', stream, change } end
  turn.stream = stream
  turns[#turns + 1] = turn
end

${LUA_SET_CURSOR}
local result = { 'DONE' }
for _, turn in ipairs(turns) do
  local stream = turn.stream
  local read = entries_read(stream, turn.cursor)
  result[#result + 1] = acknowledge(stream, turn.giving, turn.givingAcknowledge)
  set_cursor(stream, turn.giving, turn.cursor, read)
  if turn.giving ~= turn.receiving then
    result[#result + 1] = acknowledge(stream, turn.receiving, turn.receivingAcknowledge)
    set_cursor(stream, turn.receiving, turn.cursor, read)
  else
    result[#result + 1] = 0
  end
end

for _, turn in ipairs(turns) do
  local giving = group_fields(turn.stream, turn.giving)
  local receiving = group_fields(turn.stream, turn.receiving)
  local good = giving['last-delivered-id'] == turn.cursor
    and receiving['last-delivered-id'] == turn.cursor
    and receiving['pending'] == turn.remaining
    and (turn.giving == turn.receiving or giving['pending'] == 0)
  if not good then return redis.error_reply('VERIFY the turn of ' .. turn.stream .. ' did not come out as meant') end
end
return result
`,
};
