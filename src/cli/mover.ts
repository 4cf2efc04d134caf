import type { Host, RunEvent } from '../runbooks/index.js';
import type { Answer } from './answer.js';
import type { Proposal } from './confirmation.js';

/** What the verbs need of a command: the open host, a way to ask, a place to draw. */
export interface Mover {
  /** Opens the host with the given listener for events. */
  readonly open: (emit: (event: RunEvent) => void) => Promise<Host>;
  readonly confirmed: (proposal: Proposal) => Promise<Answer | null>;
  /** Told that a run begins: from here on a signal is the run's own business. */
  readonly begins: () => void;
  readonly stderr: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly dryRun: boolean;
  readonly say: (text: string) => void;
}
