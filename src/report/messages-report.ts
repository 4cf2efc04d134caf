import type { ContractResult, Contracts, Violation } from '../contracts/index.js';
import type { ExitCode } from '../problems/index.js';
import { formatCount } from './format.js';
import { type Line, line, type Page } from './page.js';

/** One message as it was given. */
export interface GivenMessage {
  /** From 1: the line of an NDJSON text, 1 for a single document. */
  readonly line: number;
  readonly text: string;
}

export interface MessagesReport {
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  readonly type: string;
  readonly checked: number;
  readonly invalid: number;
  readonly messages: readonly JudgedMessage[];
}

export interface JudgedMessage {
  readonly line: number;
  readonly valid: boolean;
  readonly violations: readonly Violation[];
  readonly warnings: readonly Violation[];
}

/** Holds messages against the contract of a type; one that does not fit gives code 4. */
export function judgeMessages(
  contracts: Contracts,
  type: string,
  given: readonly GivenMessage[],
): MessagesReport {
  const messages = given.map((each) => judged(each.line, contracts.parse(type, each.text)));
  const invalid = messages.filter((each) => !each.valid).length;
  const exitCode = invalid === 0 ? 0 : 4;
  return { ok: invalid === 0, exitCode, type, checked: messages.length, invalid, messages };
}

/** Only what is wrong is listed: of ten thousand lines nobody reads the good ones. */
export function messagesPage({ type, checked, invalid, messages }: MessagesReport): Page {
  const fits = invalid === 0;
  const verdict = fits
    ? `Every message fits the contract ${type}: ${formatCount(checked)} checked.`
    : `${formatCount(invalid)} of ${formatCount(checked)} do not fit the contract ${type}.`;
  return [...messages.flatMap(faultLines), line(verdict, { tone: fits ? 'good' : 'bad' })];
}

function judged(
  at: number,
  result: Pick<ContractResult, 'valid' | 'warnings'> & { violations?: readonly Violation[] },
): JudgedMessage {
  const { valid, violations = [], warnings } = result;
  return { line: at, valid, violations, warnings };
}

function faultLines({ line: at, violations, warnings }: JudgedMessage): readonly Line[] {
  return [
    ...violations.map((each) => line(faultText('FAIL', at, each), { tone: 'bad' })),
    ...warnings.map((each) => line(faultText('warn', at, each), { tone: 'warn' })),
  ];
}

function faultText(word: string, at: number, { pointer, message, expected }: Violation): string {
  const place = pointer === '' ? 'the message' : pointer;
  return `${word}  line ${at}: ${place} ${message}; expected ${expected}`;
}
