export { CREATE_GROUP } from './create-group.js';
export { DROP_DEAD, REVIVE_DEAD } from './dead-letters.js';
export { COUNT_BETWEEN, IDS_DOWN, WHICH_EXIST } from './ids.js';
export { LOOK } from './look.js';
export { MOVE_PENDING } from './move-pending.js';
export { ACKNOWLEDGE, CLAIM_PENDING } from './pending-changes.js';
export { PROBE_SERVER } from './probe-server.js';
export { LUA_BEFORE, LUA_FIELDS, type Script } from './script.js';
export { TURN, type TurnArgument } from './turn.js';
