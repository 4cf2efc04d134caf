import { type Instance, render, Text, Transform, useInput } from 'ink';
import { createElement, type ReactElement } from 'react';
import { createPaint } from '../paint.js';
import { pressedKeys } from './pressed-keys.js';
import { lineText, type ScreenLine } from './screen-line.js';
import type { ScreenSize } from './view-state.js';

export interface ScreenOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly onKey: (key: string) => void;
  readonly onResize: (size: ScreenSize) => void;
}

const ENTER = '\u001b[?1049h\u001b[2J\u001b[H';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const CLEAR = '\u001b[2J\u001b[H';

/**
 * Owns the terminal: the alternate screen, the keys and what is drawn, until it is closed. ink draws
 * the lines it is given and knows nothing of what they mean.
 */
export class LiveScreen {
  readonly #options: ScreenOptions;
  readonly #ink: Instance;
  #lines: readonly ScreenLine[] = [];
  #closed = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { stdin, stdout } = options;
    // A crash or a signal ends the process elsewhere, and what is said then must be seen: the terminal
    // is given back before anything else is printed.
    process.prependListener('uncaughtException', this.close);
    process.prependListener('unhandledRejection', this.close);
    process.on('exit', this.close);
    stdout.prependListener('resize', this.#resized);
    stdout.write(ENTER);
    this.#ink = render(this.#screen(), {
      ...{ stdin, stdout, stderr: stdout },
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: 20,
    });
  }

  get size(): ScreenSize {
    const { columns, rows } = this.#options.stdout;
    return { columns, rows };
  }

  draw(lines: readonly ScreenLine[]): void {
    if (this.#closed) return;
    this.#lines = lines;
    this.#ink.rerender(this.#screen());
  }

  /** Gives the terminal back as it was; may be called again. */
  readonly close = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    const { stdout } = this.#options;
    process.off('uncaughtException', this.close);
    process.off('unhandledRejection', this.close);
    process.off('exit', this.close);
    stdout.off('resize', this.#resized);
    this.#ink.unmount();
    stdout.write(LEAVE);
  };

  /** What a terminal makes of its old lines is not known: they are all drawn anew. */
  readonly #resized = (): void => {
    this.#ink.clear();
    this.#options.stdout.write(CLEAR);
    this.#options.onResize(this.size);
  };

  #screen(): ReactElement {
    const { colour, onKey } = this.#options;
    const paint = createPaint(colour);
    const { columns } = this.size;
    const lines = this.#lines.map((line) => lineText(line, columns, paint));
    return createElement(Screen, { lines, onKey });
  }
}

interface ScreenProps {
  readonly lines: readonly string[];
  readonly onKey: (key: string) => void;
}

function Screen({ lines, onKey }: ScreenProps): ReactElement {
  useInput((input, key) => {
    for (const pressed of pressedKeys(input, key)) onKey(pressed);
  });
  // ink measures every text it is given, character by character, which is most of its work. So it is
  // given a placeholder of the right height, and the lines, which are measured already, in its stead.
  const placeholder = lines.map(() => '.').join('\n');
  const transform = (_: string, at: number): string => lines[at] ?? '';
  // biome-ignore lint/correctness/noChildrenProp: React.createElement has no other way for typed props
  return createElement(Transform, { transform, children: createElement(Text, null, placeholder) });
}
