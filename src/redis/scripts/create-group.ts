import { LUA_CHECK_TOKEN, LUA_FIELDS, type Script } from './script.js';

/** Creates a consumer group at a stated id, on a stream that exists; an existing group stays as it is. */
export const CREATE_GROUP: Script = {
  name: 'create-group',
  lua: `
-- KEYS: 1 stream, 2 the stream's copy of the fencing token
-- ARGV: 1 token, 2 group, 3 cursor
-- Result: 'CREATED', 'EXISTS' or 'NO-STREAM'
-- Failures: FENCED; WRONGTYPE
local token_key, token = KEYS[2], ARGV[1]
${LUA_CHECK_TOKEN}
${LUA_FIELDS}
if redis.call('EXISTS', KEYS[1]) == 0 then return 'NO-STREAM' end
if group_fields(KEYS[1], ARGV[2]) then return 'EXISTS' end
redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[2], ARGV[3])
return 'CREATED'
`,
};
