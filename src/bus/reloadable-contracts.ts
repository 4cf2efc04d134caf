import type { Contract, ContractResult, Contracts, ParsedMessage } from '../contracts/index.js';

/** Contracts that can be exchanged while they are in use, all of them or none. */
export class ReloadableContracts implements Contracts {
  readonly #load: () => Promise<Contracts>;
  #current: Contracts;

  private constructor(load: () => Promise<Contracts>, first: Contracts) {
    this.#load = load;
    this.#current = first;
  }

  static async open(load: () => Promise<Contracts>): Promise<ReloadableContracts> {
    return new ReloadableContracts(load, await load());
  }

  get types(): readonly string[] {
    return this.#current.types;
  }

  get(type: string): Contract | null {
    return this.#current.get(type);
  }

  check(type: string, message: unknown): ContractResult {
    return this.#current.check(type, message);
  }

  parse(type: string, text: string): ParsedMessage {
    return this.#current.parse(type, text);
  }

  /** Loads them anew; when that fails, those in use stay. */
  async reload(): Promise<void> {
    this.#current = await this.#load();
  }
}
