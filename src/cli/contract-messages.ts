import type { Contract, Contracts } from '../contracts/index.js';
import { OrionError } from '../problems/index.js';
import { type GivenMessage, judgeMessages, messagesPage } from '../report/index.js';
import type { Answer } from './answer.js';
import type { Input } from './input.js';
import { nearest } from './nearest.js';

/** @throws {OrionError} `contract.unknown`, with the nearest type */
export function knownContract(contracts: Contracts, type: string): Contract {
  const contract = contracts.get(type);
  if (contract !== null) return contract;
  const meant = nearest(type, contracts.types);
  throw new OrionError({
    kind: 'usage',
    code: 'contract.unknown',
    message: `There is no contract ${JSON.stringify(type)}.`,
    hint: meant === null ? `There are: ${contracts.types.join(', ')}.` : `Did you mean ${meant}?`,
    next: ['orion-bus contracts list'],
  });
}

/** The answer of a check: code 4 when a message does not fit. */
export function checkMessages(
  contracts: Contracts,
  type: string,
  messages: readonly GivenMessage[],
): Answer {
  const report = judgeMessages(contracts, type, messages);
  return {
    document: report,
    page: messagesPage(report),
    exitCode: report.exitCode,
    next: report.ok ? [] : [`orion-bus contracts show ${type}`],
  };
}

/**
 * The whole input as one message.
 * @throws {OrionError} `message.missing` for an empty input
 */
export function singleMessage({ name, text }: Input): readonly GivenMessage[] {
  if (text.trim() === '') throw noMessage(name);
  return [{ line: 1, text: text.trim() }];
}

/**
 * A message on each line that is not empty.
 * @throws {OrionError} `message.missing` for an empty input
 */
export function messageLines({ name, text }: Input): readonly GivenMessage[] {
  const lines = text
    .split('\n')
    .map((each, at) => ({ line: at + 1, text: each.trim() }))
    .filter((each) => each.text !== '');
  if (lines.length === 0) throw noMessage(name);
  return lines;
}

/** One message where the input is one JSON document, however it is laid out; else one on each line. */
export function messagesIn(input: Input): readonly GivenMessage[] {
  return isJson(input.text) ? singleMessage(input) : messageLines(input);
}

function noMessage(name: string): OrionError {
  return new OrionError({
    kind: 'validation',
    code: 'message.missing',
    message: `There is no message in ${name}.`,
    hint: 'Nothing was done.',
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
