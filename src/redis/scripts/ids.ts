import type { Script } from './script.js';

/** Ids of entries from above downwards, without their bodies. */
export const IDS_DOWN: Script = {
  name: 'ids-down',
  lua: `
-- KEYS: 1 stream
-- ARGV: 1 upper end (an id, '(' in front of it when excluded), 2 how many at most
-- Result: ids in descending order
-- Failures: WRONGTYPE
local ids = {}
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], ARGV[1], '-', 'COUNT', ARGV[2])) do
  ids[#ids + 1] = entry[1]
end
return ids
`,
};

/** Which of these entries exist. */
export const WHICH_EXIST: Script = {
  name: 'which-exist',
  lua: `
-- KEYS: 1 stream
-- ARGV: ids
-- Result: for each id 1 or 0
-- Failures: WRONGTYPE
local found = {}
for i, id in ipairs(ARGV) do
  found[i] = #redis.call('XRANGE', KEYS[1], id, id, 'COUNT', 1)
end
return found
`,
};

/** How many entries lie between two ids, up to a cap. */
export const COUNT_BETWEEN: Script = {
  name: 'count-between',
  lua: `
-- KEYS: 1 stream
-- ARGV: 1 lower end and 2 upper end (ids, '(' in front of one that is excluded), 3 cap
-- Result: the count, at most the cap
-- Failures: WRONGTYPE
local count, from, cap = 0, ARGV[1], tonumber(ARGV[3])
while count < cap do
  local page = redis.call('XRANGE', KEYS[1], from, ARGV[2], 'COUNT', math.min(1000, cap - count))
  count = count + #page
  if #page < 1000 then return count end
  from = '(' .. page[#page][1]
end
return count
`,
};
