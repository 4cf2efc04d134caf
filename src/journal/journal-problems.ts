import { messageOf, OrionError } from '../problems/index.js';
import type { JournalRecord } from './record.js';
import type { Damage } from './scan.js';

const AFTER_DAMAGE = ['orion-bus journal verify', 'orion-bus rollback --phase 2'];

/** Thrown where a record could not be stored; whoever catches it prints the record. */
export class UnwritableJournal extends OrionError {
  /** Null where not even the file could be opened. */
  readonly record: JournalRecord | null;

  constructor(path: string, record: JournalRecord | null, cause: unknown) {
    super({
      kind: 'prerequisite',
      code: 'journal.unwritable',
      message: `The journal ${path} cannot be written: ${messageOf(cause)}`,
      hint: 'Everything recorded so far is safe. Make room or mend the permissions, then run the same command again; rollback is allowed meanwhile.',
      next: ['orion-bus status', 'orion-bus rollback --phase 2'],
      cause,
    });
    this.record = record;
  }
}

export function unreadable(path: string, cause: unknown): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'journal.unreadable',
    message: `The journal ${path} cannot be read: ${messageOf(cause)}`,
    hint: 'Nothing was changed. Check the path and its permissions: only its owner may read it.',
    next: ['orion-bus status'],
    cause,
  });
}

export function damaged(path: string, damage: Pick<Damage, 'message'>): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'journal.damaged',
    message: `The journal ${path} is damaged: ${damage.message}`,
    hint: 'Nothing was changed. Nothing goes forward on a record that cannot be trusted; rollback is allowed, sets the file aside and goes by what Redis and the services show.',
    next: AFTER_DAMAGE,
  });
}

export function foreignWriter(path: string, what: string): OrionError {
  return new OrionError({
    kind: 'lease',
    code: 'journal.foreign-writer',
    message: `Somebody else changed the journal ${path}: ${what}`,
    hint: 'This process records nothing more, so that the file stays whole. Find the other orion-bus of this host.',
    next: ['orion-bus status', 'orion-bus journal verify'],
  });
}

export function foreignJournal(path: string, host: string, stateDir: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'journal.foreign',
    message: `The migration's journal is not ${path}, but the one in ${stateDir} on ${host}.`,
    hint: `Nothing was changed. Run the command on ${host}, or read that journal first and then make this one the memory of the migration.`,
    next: ['orion-bus journal adopt', 'orion-bus status'],
  });
}
