/** How values stand in the text of one kind of file. Offsets count UTF-16 units of the text. */
export interface SettingFormat {
  /**
   * Every value of the text, in order.
   * @throws Malformed where the text is not of this format.
   */
  survey(text: string): readonly FoundValue[];
  /**
   * The new value, written in the style of the one it replaces; null where that style cannot hold
   * it. What comes out is surveyed again, so this need not find every mistake.
   */
  render(found: FoundValue, raw: string, to: string): string | null;
}

export interface FoundValue {
  /** The keys from the root, joined with dots. */
  readonly path: string;
  /** The range that is replaced: with the quotes, or without where the format says so. */
  readonly start: number;
  readonly end: number;
  /** Null for an object or a list, which hold several values. */
  readonly value: string | null;
  /** What a reader takes it for: string, number, boolean, …; an edit must not change it. */
  readonly kind: string;
  /** How it is written; understood only by the format that found it. */
  readonly style: string;
  /** Why it cannot be replaced where it stands, or null. */
  readonly fixed: string | null;
}

/** The text is not of the format it is said to be of. */
export class Malformed extends Error {
  /** Offset of the fault. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
