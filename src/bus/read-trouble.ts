import { messageOf, OrionError } from '../problems/index.js';
import { isServerError } from '../redis/index.js';

/**
 * What a failed command of a consumer means.
 * *group-gone*: the group or its stream is not there any more. *disconnect*: the server cannot serve now,
 * or not as this instance; a new connection may find one that can. *refused*: asking again changes
 * nothing before a person has done something.
 */
export type Trouble = 'group-gone' | 'disconnect' | 'refused';

const GROUP_GONE = [/^NOGROUP\b/, /^ERR no such key\b/i, /^UNBLOCKED .*no longer exists/];
/**
 * A replica says READONLY or MASTERDOWN; a master that becomes one unblocks its readers. LOADING, BUSY,
 * TRYAGAIN and CLUSTERDOWN pass by themselves.
 */
const PASSING = /^(?:UNBLOCKED|READONLY|MASTERDOWN|LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|NOREPLICAS)\b/;

export function troubleOf(error: unknown): Trouble {
  if (!isServerError(error)) {
    return error instanceof OrionError && error.code === 'redis.refused' ? 'refused' : 'disconnect';
  }
  const text = messageOf(error);
  // The server names a script's error in front of what the command said.
  const said = text.replace(/^ERR Error running script[^:]*: /, '').replace(/^-/, '');
  if (GROUP_GONE.some((pattern) => pattern.test(said))) return 'group-gone';
  return PASSING.test(said) ? 'disconnect' : 'refused';
}
