import type { CarryOutOptions, Host, RunEvent } from '../runbooks/index.js';
import { renderRunLive } from '../ui/index.js';
import { EventQueue } from './event-queue.js';
import type { Mover } from './mover.js';

/** A host whose runs are drawn as they go: one at a time, so that two never own the terminal. */
export interface Stage {
  readonly host: Host;
  /** Draws the run that the work carries out; what runs within that one shows as its progress. */
  draw<T>(work: (unstored: CarryOutOptions['unstored']) => Promise<T>): Promise<T>;
}

export async function openStage(mover: Mover): Promise<Stage> {
  let listen: (event: RunEvent) => void = () => undefined;
  const host = await mover.open((event) => listen(event));
  return {
    host,
    async draw(work) {
      mover.begins();
      const events = new EventQueue<RunEvent>();
      let drawn: string | null = null;
      listen = (event) => {
        drawn ??= event.run;
        if (event.run === drawn) events.push(event);
      };
      const live = renderRunLive(events, { stream: mover.stderr, colour: mover.colour });
      try {
        return await work((record) => mover.say(`not stored: ${JSON.stringify(record)}`));
      } finally {
        events.end();
        await live;
      }
    },
  };
}
