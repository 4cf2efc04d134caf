import type { JsonObject } from '../../src/problems/index.js';
import type { BuiltCli } from '../support/built-cli.js';
import type { Yard } from './yard.js';

/** What the tool answered, as text and as a document, with one code for both. */
export interface Answered {
  readonly code: number;
  /** Everything it said: results, plan, errors; line breaks are spaces. */
  readonly text: string;
  readonly document: JsonObject;
}

/** The tool on one yard. */
export class Tool {
  readonly #cli: BuiltCli;
  readonly #yard: Yard;

  constructor(cli: BuiltCli, yard: Yard) {
    this.#cli = cli;
    this.#yard = yard;
  }

  /** @returns the document of a command that is carried out once, with `--json` */
  async json(...args: readonly string[]): Promise<{ code: number; document: JsonObject }> {
    const { code, stdout, stderr } = await this.#ask([...args, '--json']);
    try {
      // Whatever it is, the tests look into it.
      return { code: code ?? -1, document: JSON.parse(stdout) as JsonObject };
    } catch (error) {
      throw new Error(`no document: ${stdout}${stderr}`, { cause: error });
    }
  }

  async text(...args: readonly string[]): Promise<{ code: number; text: string }> {
    const { code, stdout, stderr } = await this.#ask(args);
    return { code: code ?? -1, text: `${stdout} ${stderr}`.replaceAll(/\s+/g, ' ') };
  }

  /** Carries a command out twice, for what can be had twice: a refusal, a plan. */
  async both(...args: readonly string[]): Promise<Answered> {
    const { code, text } = await this.text(...args);
    const { code: again, document } = await this.json(...args);
    if (code !== again) throw new Error(`${code} as text, ${again} as a document: ${text}`);
    return { code, text, document };
  }

  #ask(args: readonly string[]): ReturnType<BuiltCli['ask']> {
    return this.#cli.ask(args, { env: this.#yard.env });
  }
}

/** Phase 1 has no history on a yard. */
export const PAST_PHASE1 = ['--override', 'phase1', '--reason', 'a test'] as const;
