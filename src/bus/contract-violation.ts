import type { Violation } from '../contracts/index.js';
import { OrionError } from '../problems/index.js';

export interface MessageViolation extends Violation {
  /** The place of the message in its batch, from 0; 0 for a message published alone. */
  readonly index: number;
}

/** The message, or one of the batch, breaks its contract; nothing was written. */
export class ContractViolation extends OrionError {
  readonly contract: string;
  readonly violations: readonly MessageViolation[];
  /** How many more there are than are listed. */
  readonly omitted: number;

  constructor(contract: string, violations: readonly MessageViolation[], omitted: number) {
    const first = violations[0];
    super({
      kind: 'validation',
      code: 'contract.violated',
      message:
        first === undefined
          ? `The message breaks the contract ${contract}.`
          : `The message breaks the contract ${contract} in ${placesOf(violations.length + omitted)}, first at ${placeOf(first)}: expected ${first.expected}.`,
      hint: 'Nothing was written.',
      next: [`orion-bus contracts show ${contract}`],
    });
    this.name = 'ContractViolation';
    this.contract = contract;
    this.violations = violations;
    this.omitted = omitted;
  }
}

function placesOf(count: number): string {
  return count === 1 ? 'one place' : `${count} places`;
}

function placeOf(violation: MessageViolation): string {
  const pointer = violation.pointer === '' ? 'its top' : violation.pointer;
  return violation.index === 0 ? pointer : `${pointer} of message ${violation.index}`;
}
