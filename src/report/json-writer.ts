import { printableJson } from './printable.js';

/*
 * One JSON document written piece by piece, for what has too many parts to hold at once. Whatever
 * happens, `end` closes what is open, so that the text is a whole document.
 */
export class JsonWriter {
  readonly #open: { readonly closing: '}' | ']'; empty: boolean }[] = [];
  #text = '';

  constructor() {
    this.#begin('{');
  }

  /** How many objects and arrays are open. */
  get depth(): number {
    return this.#open.length;
  }

  member(key: string, value: unknown): void {
    this.#separate(`${JSON.stringify(key)}: ${this.#laidOut(value)}`);
  }

  item(value: unknown): void {
    this.#separate(this.#laidOut(value));
  }

  /** Opens an object or an array, with a key within an object. */
  open(kind: '{' | '[', key?: string): void {
    this.#separate(key === undefined ? '' : `${JSON.stringify(key)}: `);
    this.#begin(kind);
  }

  /** Closes what was opened last, down to a depth where one is given. */
  close(depth = this.depth - 1): void {
    while (this.#open.length > depth) {
      const closed = this.#open.pop();
      if (closed !== undefined) this.#text += (closed.empty ? '' : this.#line()) + closed.closing;
    }
  }

  /** Closes everything. */
  end(): void {
    this.close(0);
    this.#text += '\n';
  }

  /** What has been written since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  #begin(kind: '{' | '['): void {
    this.#text += kind;
    this.#open.push({ closing: kind === '{' ? '}' : ']', empty: true });
  }

  #separate(text: string): void {
    const inner = this.#open.at(-1);
    if (inner === undefined) throw new Error('the document has ended');
    this.#text += (inner.empty ? '' : ',') + this.#line() + text;
    inner.empty = false;
  }

  #line(): string {
    return `\n${'  '.repeat(this.#open.length)}`;
  }

  #laidOut(value: unknown): string {
    return printableJson(value).replaceAll('\n', this.#line());
  }
}
