/** One result of one check: what was looked at, how it stands, what to do about it. */
export interface Finding {
  /** A stable, dotted name, such as `redis.ping` or `group.memory.event`. */
  readonly id: string;
  readonly status: FindingStatus;
  readonly message: string;
  readonly hint?: string;
  /** The measured figure or raw evidence, as JSON. */
  readonly value?: Json;
}

/** `skip` means not looked at, and why stands in the message; it is never a silent pass. */
export type FindingStatus = 'pass' | 'warn' | 'fail' | 'skip';

/** What a gate says. Only `pass` lets through; no evidence is `inconclusive`. */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };
