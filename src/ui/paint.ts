import { Chalk } from 'chalk';
import type { Tone } from '../report/index.js';

/** Gives a text its tone; without colours it is the identity. */
export type Paint = (text: string, tone: Tone) => string;

export function createPaint(colour: boolean): Paint {
  // The level is said outright: chalk would look at the terminal and the environment by itself.
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const styles: Readonly<Record<Tone, (text: string) => string>> = {
    plain: (text) => text,
    good: chalk.green,
    warn: chalk.yellow,
    bad: chalk.red,
    dim: chalk.dim,
    strong: chalk.bold,
  };
  return (text, tone) => (text === '' ? '' : styles[tone](text));
}
