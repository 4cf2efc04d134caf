import { printableLines } from '../report/index.js';
import { createPaint, type Paint } from './paint.js';
import type { RunEvent } from './run-events.js';
import type { StepBoard } from './step-board.js';

export interface RunOutput {
  /** Standard error: what a run tells on its way is no result. */
  readonly stream: NodeJS.WriteStream;
  readonly colour: boolean;
}

/** Draws a run until its events end: a live list of steps in a terminal, plain lines elsewhere. */
export async function renderRunLive(
  events: AsyncIterable<RunEvent>,
  output: RunOutput,
): Promise<void> {
  if (output.stream.isTTY) await drawBoard(events, output);
  else await drawLines(events, output);
}

/*
 * A list of steps for the run, and one more for taking it back. What belongs to no step is a plain
 * line, said once the list has ended: two drawers must never own the terminal at once.
 */
async function drawBoard(events: AsyncIterable<RunEvent>, output: RunOutput): Promise<void> {
  const { StepBoard } = await import('./step-board.js');
  const paint = createPaint(output.colour);
  const say = (event: RunEvent): void => void output.stream.write(`${eventText(event, paint)}\n`);
  let board: StepBoard | null = null;
  try {
    for await (const event of events) {
      if (board !== null && 'step' in event) {
        board.show(event);
        continue;
      }
      await board?.end();
      board = null;
      say(event);
      if ('steps' in event) {
        board = new StepBoard(event.steps, 'settled' in event ? event.settled : [], output);
      }
    }
  } finally {
    await board?.end();
  }
}

async function drawLines(events: AsyncIterable<RunEvent>, output: RunOutput): Promise<void> {
  const paint = createPaint(output.colour);
  let told = '';
  for await (const event of events) {
    const telling = event.type === 'step.progress' ? `${event.step} ${tenthOf(event)}` : '';
    if (telling !== '' && telling === told) continue;
    told = telling;
    output.stream.write(`${eventText(event, paint)}\n`);
  }
}

function eventText(event: RunEvent, paint: Paint): string {
  const text = printableLines(event.text);
  switch (event.type) {
    case 'step.started':
      return stepText('...', text);
    case 'step.progress':
      return stepText('...', text);
    case 'step.done':
      return paint(stepText('ok', text), 'good');
    case 'step.skipped':
      return paint(stepText('skip', text), 'dim');
    case 'step.failed':
      return paint(stepText('FAIL', text), 'bad');
    case 'undo.started':
    case 'run.halted':
    case 'journal.unstored':
      return paint(text, 'warn');
    default:
      return paint(text, 'strong');
  }
}

/** Further lines stand under the first. */
function stepText(word: string, text: string): string {
  return `  ${word.padEnd(4)}  ${text.replaceAll('\n', '\n        ')}`;
}

type Progress = Extract<RunEvent, { type: 'step.progress' }>;

/** Lines would flood a log: a growing count is said again only for each further tenth. */
function tenthOf({ text, progress: { done, total } }: Progress): string {
  return done === undefined || total === undefined || total === 0
    ? text
    : String(Math.floor((done * 10) / total));
}
