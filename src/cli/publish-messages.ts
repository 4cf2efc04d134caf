import type { Publisher } from '../bus/index.js';
import type { Contracts } from '../contracts/index.js';
import { OrionError } from '../problems/index.js';
import { type GivenMessage, line } from '../report/index.js';
import type { Answer } from './answer.js';
import { checkMessages } from './contract-messages.js';

export interface Publication {
  readonly contracts: Contracts;
  readonly publisher: Publisher;
  readonly type: string;
  readonly messages: readonly GivenMessage[];
}

/**
 * Publishes messages in their order. All are checked first: one that breaks the contract keeps every
 * one of them back. When Redis fails in between, the answer says which were written.
 */
export async function publishMessages(publication: Publication): Promise<Answer> {
  const { contracts, publisher, type, messages } = publication;
  const checked = checkMessages(contracts, type, messages);
  if (checked.exitCode !== 0) return { ...checked, problem: keptBack(type, messages.length) };
  const ids: string[] = [];
  try {
    for (const message of messages) ids.push(await publisher.publishText(type, message.text));
  } catch (error) {
    if (!(error instanceof OrionError)) throw error;
    return { ...written(type, ids), problem: cutShort(error, ids.length, messages.length) };
  }
  return written(type, ids);
}

function written(type: string, ids: readonly string[]): Answer {
  return {
    document: { type, published: ids.length, ids },
    // The id and nothing else on a line, so that a script may read it.
    page: ids.map((id) => line(id, { whole: true })),
  };
}

function keptBack(type: string, count: number): OrionError {
  return new OrionError({
    kind: 'validation',
    code: 'contract.violated',
    message:
      count === 1
        ? `The message does not fit the contract ${type}.`
        : `Not all of the ${count} messages fit the contract ${type}.`,
    hint: 'Nothing was written.',
    next: [`orion-bus contracts show ${type}`],
  });
}

function cutShort(error: OrionError, done: number, all: number): OrionError {
  if (all === 1) return error;
  return new OrionError({
    kind: error.kind,
    code: error.code,
    message: error.message,
    hint: `${done} of ${all} messages were written before. ${error.hint ?? ''}`.trim(),
    next: error.next,
    cause: error,
  });
}
