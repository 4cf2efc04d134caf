import type { Plan } from '../facts/index.js';
import { type Clock, messageOf, OrionError } from '../problems/index.js';
import { isServerError } from '../redis/index.js';
import {
  type Change,
  drawView,
  frameNow,
  initialView,
  type Notice,
  nextView,
  type openLiveScreen,
  type ViewEvent,
  type ViewState,
} from '../ui/index.js';
import { interrupted } from './interruption.js';
import type { LagFeed } from './lag-feed.js';

export interface ViewerOptions {
  readonly plan: Plan;
  readonly feed: Pick<LagFeed, 'read' | 'around' | 'entries' | 'message'>;
  /** Carries out what was confirmed; `tell` is for what happens on the way. */
  readonly change: (
    change: Change,
    watch: { readonly interrupted: () => boolean; readonly tell: (notice: Notice) => void },
  ) => Promise<Notice>;
  readonly openScreen: (
    options: Pick<Parameters<typeof openLiveScreen>[0], 'onKey' | 'onResize'>,
  ) => ReturnType<typeof openLiveScreen>;
  readonly redisUrl: string;
  readonly readOnly: boolean;
  readonly clock: Clock;
  /** Aborted by a signal: the view ends as by `q`. */
  readonly signal: AbortSignal;
}

type Screen = Awaited<ReturnType<ViewerOptions['openScreen']>>;

/** The journal and the bus are asked more seldom than the groups. */
const AROUND_EVERY_MS = 10_000;

/**
 * Runs the live view: looks at every tick, hands what comes to the view's state, draws it, and does
 * what the state asks for. It decides nothing itself.
 */
export class LagViewer {
  readonly #options: ViewerOptions;
  #state: ViewState;
  #screen: Screen | null = null;
  #left = false;
  /** The next look is wanted now, also where the view is paused. */
  #asked = false;
  #wake: () => void = () => undefined;
  #aroundAtMs = Number.NEGATIVE_INFINITY;
  #changing: Promise<void> | null = null;
  #problem: unknown = null;

  constructor(options: ViewerOptions, size: ViewState['size']) {
    this.#options = options;
    const { plan, redisUrl, readOnly } = options;
    const { lag } = plan.thresholds;
    const resumes = {
      source: plan.source.resumesPending,
      target: plan.target.resumesPending,
      unknown: false,
    };
    const { prefix } = plan.streams;
    this.#state = initialView({ redis: redisUrl, prefix, limits: lag, readOnly, resumes }, size);
  }

  /**
   * Lasts until one leaves the view, or a signal ends it. The terminal is given back in any case.
   * @throws {OrionError} at the first look; whatever is a defect
   */
  async run(): Promise<void> {
    const { feed, openScreen, signal } = this.#options;
    // What cannot begin is said where it can be read: on the plain terminal.
    const first = await feed.read();
    const screen = await openScreen({
      onKey: (key) => this.#pressed(key),
      onResize: (size) => this.#happened({ type: 'resized', size }),
    });
    this.#screen = screen;
    const leave = (): void => this.#leave();
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) this.#leave();
    try {
      this.#happened({ type: 'resized', size: screen.size });
      this.#happened({ type: 'read', reading: first });
      await this.#tickUntilLeft();
      await this.#changing;
    } finally {
      signal.removeEventListener('abort', leave);
      screen.close();
    }
    if (this.#problem !== null) throw this.#problem;
  }

  async #tickUntilLeft(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#left) {
      const began = clock.now();
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      const [asked, { paused, reading }] = [this.#asked, this.#state];
      this.#asked = false;
      if (!paused) await this.#look();
      else if (asked && reading !== null) await this.#trying(() => this.#lookInto(reading.atMs));
      if (this.#left) return;
      const spent = Math.max(0, clock.now() - began);
      await clock.sleep(Math.max(MOST_OFTEN_MS, this.#state.intervalMs - spent), woken.signal);
    }
  }

  async #look(): Promise<void> {
    await this.#trying(async () => {
      const reading = await this.#options.feed.read();
      this.#happened({ type: 'read', reading });
      await this.#lookInto(reading.atMs);
      this.#lookAround();
    });
  }

  async #trying(look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      this.#notAnswered(error);
    }
  }

  /** What the level that is shown needs beside the groups. */
  async #lookInto(nowMs: number): Promise<void> {
    const { feed } = this.#options;
    const { level } = frameNow(this.#state);
    if (level.kind === 'entries') {
      const { stream, group, consumer } = level;
      const entries = await feed.entries({ stream, group, consumer }, nowMs);
      this.#happened({ type: 'entries', entries });
    } else if (level.kind === 'message' && this.#state.message === null) {
      const { stream, group, consumer, id } = level;
      const message = await feed.message({ stream, group, consumer }, id);
      this.#happened({ type: 'message', message });
    }
  }

  /** Not waited for: a bus that hangs must not hold up the figures. */
  #lookAround(): void {
    const { clock, feed } = this.#options;
    if (clock.now() - this.#aroundAtMs < AROUND_EVERY_MS) return;
    this.#aroundAtMs = clock.now();
    feed.around().then(
      (around) => this.#happened({ type: 'around', around }),
      (error: unknown) => {
        // A journal that cannot be read, say, leaves the header as it was: the figures go on.
        if (isLoss(error)) this.#notAnswered(error);
        else this.#happened({ type: 'noticed', notice: { text: messageOf(error), tone: 'bad' } });
      },
    );
  }

  /** Redis away, or still loading, is waited for; anything else ends the view. */
  #notAnswered(error: unknown): void {
    if (!isLoss(error)) {
      this.#fail(error);
      return;
    }
    const since = new Date(this.#options.clock.now()).toISOString().slice(11, 19);
    this.#happened({ type: 'lost', since, message: messageOf(error) });
  }

  #pressed(key: string): void {
    if (key === 'ctrl-c') this.#fail(interrupted('Ctrl-C'));
    else this.#happened({ type: 'key', key });
  }

  #happened(event: ViewEvent): void {
    const before = this.#state;
    const { state, wish } = nextView(before, event);
    this.#state = state;
    if (state !== before) this.#screen?.draw(drawView(state));
    if (wish?.kind === 'look') this.#asked = true;
    if (this.#asked || state.intervalMs !== before.intervalMs) this.#wake();
    if (wish?.kind === 'leave') this.#leave();
    if (wish?.kind === 'carry-out') this.#carryOut(wish.change);
  }

  #carryOut(change: Change): void {
    if (this.#changing !== null) return;
    const watch = {
      interrupted: () => this.#left,
      tell: (notice: Notice) => this.#happened({ type: 'noticed', notice }),
    };
    this.#changing = this.#options
      .change(change, watch)
      .then((notice) => this.#happened({ type: 'changed', notice }))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#changing = null;
      });
  }

  #fail(error: unknown): void {
    this.#problem ??= error;
    this.#leave();
  }

  #leave(): void {
    this.#left = true;
    this.#wake();
  }
}

/** A look that takes longer than its tick must not make a busy loop. */
const MOST_OFTEN_MS = 50;

/** Redis does not answer, or not as it should yet: while it loads its data, say. */
function isLoss(error: unknown): boolean {
  return isServerError(error) || (error instanceof OrionError && error.code.startsWith('redis.'));
}
