import { OrionError } from '../problems/index.js';
import { type EntryId, ZERO_ID } from '../redis/index.js';
import type { GroupMember } from './group-member.js';

/** Where a group begins that does not exist yet: after this entry, if it is an id. */
export type GroupStart = 'beginning' | 'tip' | EntryId;

/**
 * Makes sure that the group exists. One that does stays where it is; one that does not is made only
 * where the caller said from where: any guess would either repeat messages or lose them.
 * @returns the group's cursor
 * @throws {OrionError} `group.start-needed`
 */
export async function joinGroup(member: GroupMember, start: GroupStart | null): Promise<EntryId> {
  const there = await member.cursor();
  if (there !== null) return there;
  if (start === null) throw startNeeded(member);
  await member.makeGroup(start === 'beginning' ? '0' : start === 'tip' ? '$' : start);
  return (await member.cursor()) ?? ZERO_ID;
}

function startNeeded({ place: { group, stream } }: GroupMember): OrionError {
  return new OrionError({
    kind: 'groups',
    code: 'group.start-needed',
    message: `There is no group ${JSON.stringify(group)} on ${stream}, and nothing says where it is to begin.`,
    hint: 'Give `start`: beginning has every message that is still there, tip only those to come, an entry id those after it.',
    next: ['orion-bus groups'],
  });
}
