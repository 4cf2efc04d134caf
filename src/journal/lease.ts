import type { Clock, OrionError } from '../problems/index.js';
import {
  isServerError,
  listOf,
  numberOf,
  ownKeys,
  type RedisLink,
  type Reply,
  textOf,
} from '../redis/index.js';
import {
  decide,
  type LeaseHolder,
  type LeaseState,
  parseHolder,
  type Remaining,
  type TakeOver,
  valueBeforeToken,
} from './lease-holder.js';
import {
  leaseGone,
  leaseHeld,
  leaseRefused,
  leaseTaken,
  waitInterrupted,
} from './lease-problems.js';
import { ACQUIRE, READ, RELEASE, RENEW } from './lease-scripts.js';
import { ownIdentity, presenceOf } from './process-identity.js';

/*
 * One operator at a time, across hosts.
 *
 * wanted    asks for it until it is free, or its holder is known to be dead, or may be ousted; a
 *           holder on another host is waited for until its lease runs out
 * held      renewed every `renewMs` on a connection of its own, so that no slow command is in the way
 * lost      somebody else holds it: `signal` is aborted with the reason. For good: what was looked at
 *           before may have changed meanwhile
 * released  given back, by own value only
 *
 * A Redis that does not answer takes the lease from nobody: others cannot take it either, and a run in
 * the middle of a pause must still be able to start its module again. When Redis is back, the renewal
 * either finds the lease free of others and puts it back, or finds it taken.
 *
 * A holder that sleeps through its own expiry learns of it too late to stop a command on its way. The
 * token is for that: every script that changes a stream compares it with the copy beside the stream.
 */

export interface LeaseRequest {
  readonly link: RedisLink;
  readonly prefix: string;
  readonly run: string;
  readonly verb: string;
  readonly clock: Clock;
  readonly takeOver: TakeOver;
  /** Ends the waiting for another host's lease. */
  readonly signal?: AbortSignal;
  /** Told about once a second while waiting, for showing. */
  readonly onWait?: (holder: LeaseHolder, remainingMs: number) => void;
  readonly ttlMs?: number;
  readonly renewMs?: number;
}

const TTL_MS = 15_000;
const RENEW_MS = 5_000;
/** Below `RENEW_MS`, so that a renewal is seen as what remains going up. */
const LOOK_AGAIN_MS = 1_000;

export class Lease {
  /** Rises with every taking. */
  readonly token: number;
  readonly holder: LeaseHolder;
  /** From whom it was taken before it had run out; null where it was free. */
  readonly ousted: LeaseHolder | null;
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #value: string;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #renewMs: number;
  readonly #lost = new AbortController();
  readonly #released = new AbortController();

  private constructor(request: LeaseRequest, link: RedisLink, taken: Taken) {
    this.token = taken.token;
    this.#value = `${taken.head}${taken.token}}`;
    this.holder = parseHolder(this.#value);
    this.ousted = taken.ousted;
    this.#link = link;
    this.#prefix = request.prefix;
    this.#clock = request.clock;
    this.#ttlMs = request.ttlMs ?? TTL_MS;
    this.#renewMs = request.renewMs ?? RENEW_MS;
    void this.#renewUntilReleased();
  }

  /**
   * Takes the lease.
   * @throws {OrionError} `lease.held` naming who holds it; `lease.refused` by the server;
   *   `lease.interrupted` while waiting; `redis.unreachable`
   */
  static async acquire(request: LeaseRequest): Promise<Lease> {
    const link = await request.link.duplicate('orion-bus-lease');
    try {
      return new Lease(request, link, await take(request, link));
    } catch (error) {
      link.close();
      throw isServerError(error) ? leaseRefused(ownKeys.lease(request.prefix), error) : error;
    }
  }

  /** Who holds the lease and for how long still; null when it is free. */
  static async read(link: RedisLink, prefix: string): Promise<LeaseState | null> {
    const key = ownKeys.lease(prefix);
    const [value, remaining] = listOf(await link.script(READ, [key], []));
    if (typeof value !== 'string') return null;
    return { holder: parseHolder(value), remainingMs: remainingOf(remaining) };
  }

  /** Aborted when the lease is lost; its reason is an `OrionError` with the code `lease.lost`. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Gives the lease back if it is still ours. Where Redis does not answer, it runs out by itself. */
  async release(): Promise<void> {
    this.#released.abort();
    try {
      // On the connection of the renewals: one on its way comes before, and puts nothing back.
      await this.#link.script(RELEASE, [ownKeys.lease(this.#prefix)], [this.#value]);
    } catch {
      // Not worth failing a finished run for.
    } finally {
      this.#link.close();
    }
  }

  async #renewUntilReleased(): Promise<void> {
    const over = AbortSignal.any([this.#released.signal, this.#lost.signal]);
    let waitMs = this.#renewMs;
    for (;;) {
      await this.#clock.sleep(waitMs, over);
      if (over.aborted) return;
      try {
        const keys = [ownKeys.lease(this.#prefix), ownKeys.leaseToken(this.#prefix)];
        const args = [this.#value, this.#ttlMs, this.token];
        const other = textOf(await this.#link.script(RENEW, keys, args));
        if (other !== '') {
          this.#lose(other === 'nobody' ? leaseGone() : leaseTaken(parseHolder(other)));
        }
        waitMs = this.#renewMs;
      } catch {
        // Not answered: asked again soon.
        waitMs = Math.min(this.#renewMs, LOOK_AGAIN_MS);
      }
    }
  }

  #lose(reason: OrionError): void {
    if (!this.#released.signal.aborted) this.#lost.abort(reason);
  }
}

interface Taken {
  readonly token: number;
  /** The lease's value up to its token. */
  readonly head: string;
  readonly ousted: LeaseHolder | null;
}

async function take(request: LeaseRequest, link: RedisLink): Promise<Taken> {
  const { prefix, takeOver, clock } = request;
  const here = ownIdentity();
  const head = valueBeforeToken({
    ...here,
    run: request.run,
    verb: request.verb,
    since: new Date(clock.now()).toISOString(),
    ...(typeof takeOver === 'object' ? { reason: takeOver.reason } : {}),
  });
  const keys = [ownKeys.lease(prefix), ownKeys.leaseToken(prefix)];
  let replaceable = '';
  let before: { value: string; remainingMs: Remaining } | null = null;
  for (;;) {
    const args = [head, request.ttlMs ?? TTL_MS, replaceable];
    const [taken, second, third] = listOf(await link.script(ACQUIRE, keys, args));
    if (taken === 1) {
      const ousted = third === '' ? null : parseHolder(textOf(third));
      return { token: Number(second), head, ousted };
    }
    const value = textOf(second);
    const remainingMs = remainingOf(third);
    const holder = parseHolder(value);
    const decision = decide({
      remainingMs,
      presence: presenceOf(holder, here),
      takeOver,
      before: before && { sameHolder: before.value === value, remainingMs: before.remainingMs },
    });
    if (decision === 'give up') throw leaseHeld(holder, remainingMs);
    replaceable = decision === 'take' ? value : '';
    if (decision === 'wait' && remainingMs !== null) {
      before = { value, remainingMs };
      request.onWait?.(holder, remainingMs);
      await clock.sleep(Math.min(remainingMs + 1, LOOK_AGAIN_MS), request.signal);
      if (request.signal?.aborted) throw waitInterrupted(holder);
    }
  }
}

function remainingOf(reply: Reply | undefined): Remaining {
  const ms = numberOf(reply);
  return ms !== null && ms >= 0 ? ms : null;
}
