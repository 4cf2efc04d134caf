import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels,
  ListrLogger,
  type ListrTaskWrapper,
  ProcessOutput,
} from 'listr2';
import { printableLines, type Tone } from '../report/index.js';
import { createPaint, type Paint } from './paint.js';
import type { StepEvent, StepTitle } from './run-events.js';

/*
 * A live list of steps. A step is waiting, then running, then ended; they end in their order, since
 * listr2 draws them so: an event for a later step ends those before it as not needed, and `end` ends
 * all that are left as not reached.
 *
 * listr2 only draws: each of its tasks waits for the event that ends the step, and does nothing.
 */
export class StepBoard {
  readonly #rows: readonly Row[];
  readonly #drawing: Promise<unknown>;

  constructor(
    steps: readonly StepTitle[],
    settled: readonly string[],
    output: { stream: NodeJS.WriteStream; colour: boolean },
  ) {
    this.#rows = steps.map((step) => new Row(step));
    for (const row of this.#rows) if (settled.includes(row.id)) row.end('skip', 'done before');
    this.#drawing = draw(this.#rows, output);
  }

  show(event: StepEvent): void {
    const at = this.#rows.findIndex((row) => row.id === event.step && !row.ended);
    // A step that the list does not know is told under the step that runs.
    if (at === -1) this.#rows.find((row) => !row.ended)?.tell(event.text);
    for (const row of this.#rows.slice(0, Math.max(at, 0))) row.end('skip', 'not needed');
    this.#rows[at]?.show(event);
  }

  /** Leaves the list on the screen as it is now, and gives the terminal back. */
  async end(): Promise<void> {
    for (const row of this.#rows) row.end('skip', 'not reached');
    await this.#drawing;
  }
}

type Ending = 'done' | 'skip' | 'fail';
type Task = Pick<
  ListrTaskWrapper<unknown, typeof BoardRenderer, typeof BoardRenderer>,
  'title' | 'output' | 'skip'
>;

class Row {
  readonly #step: StepTitle;
  #task: Task | null = null;
  #told: string | null = null;
  #ending: { how: Ending; text: string } | null = null;
  #wake: () => void = () => undefined;

  constructor(step: StepTitle) {
    this.#step = step;
  }

  get id(): string {
    return this.#step.id;
  }

  get title(): string {
    return printableLines(this.#step.title);
  }

  get ended(): boolean {
    return this.#ending !== null;
  }

  show({ type, text }: StepEvent): void {
    const how = HOW[type];
    if (how === null) this.tell(text);
    else this.#endWith(how, text);
  }

  tell(text: string): void {
    this.#told = printableLines(text);
    if (this.#task !== null) this.#task.output = this.#told;
  }

  /** The first ending counts. */
  end(how: Ending, why: string): void {
    this.#endWith(how, `${this.title}: ${why}`);
  }

  /** Lasts from when listr2 reaches the row until the row has ended. */
  async run(task: Task): Promise<void> {
    this.#task = task;
    if (this.#told !== null) task.output = this.#told;
    const { how, text } = this.#ending ?? (await this.#whenEnded());
    if (how === 'fail') throw new Error(text);
    if (how === 'skip') task.skip(text);
    else task.title = text;
  }

  #endWith(how: Ending, text: string): void {
    this.#ending ??= { how, text: printableLines(text) };
    this.#wake();
  }

  async #whenEnded(): Promise<{ how: Ending; text: string }> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return this.#ending ?? { how: 'skip', text: this.title };
  }
}

const HOW: Readonly<Record<StepEvent['type'], Ending | null>> = {
  'step.started': null,
  'step.progress': null,
  'step.done': 'done',
  'step.skipped': 'skip',
  'step.failed': 'fail',
};

function draw(
  rows: readonly Row[],
  { stream, colour }: { stream: NodeJS.WriteStream; colour: boolean },
): Promise<unknown> {
  const listr = new Listr<unknown, typeof BoardRenderer>(
    rows.map((row) => ({ title: row.title, task: (_context, task) => row.run(task) })),
    {
      concurrent: false,
      exitOnError: false,
      // Signals belong to the run itself, which has to finish or go back first.
      registerSignalListeners: false,
      renderer: BoardRenderer,
      rendererOptions: {
        logger: new ListrLogger({
          processOutput: new ProcessOutput(stream, stream),
          useIcons: true,
        }),
        collapseSkips: true,
        collapseErrors: true,
        color: levelColours(createPaint(colour)),
      },
    },
  );
  return listr.run();
}

/** listr2 draws only where standard output is a terminal; here standard error is what counts. */
class BoardRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

/** listr2 would look at standard output and the environment to know whether it may use colours. */
function levelColours(paint: Paint): Record<string, (text?: string) => string> {
  const tones: Readonly<Partial<Record<ListrDefaultRendererLogLevels, Tone>>> = {
    [ListrDefaultRendererLogLevels.COMPLETED]: 'good',
    [ListrDefaultRendererLogLevels.FAILED]: 'bad',
    [ListrDefaultRendererLogLevels.PENDING]: 'warn',
    [ListrDefaultRendererLogLevels.SKIPPED_WITH_COLLAPSE]: 'dim',
    [ListrDefaultRendererLogLevels.WAITING]: 'dim',
  };
  const levels = Object.values(ListrDefaultRendererLogLevels);
  return Object.fromEntries(
    levels.map((level) => [level, (text = '') => paint(text, tones[level] ?? 'plain')]),
  );
}
