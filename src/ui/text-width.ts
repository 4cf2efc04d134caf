/*
 * How many columns a text takes on a terminal, and how to make it take fewer. Texts come here
 * already printable and not yet painted.
 */

const ELLIPSIS = '…';

// East Asian wide and full-width ranges (Unicode Standard Annex 11), and what terminals draw as emoji.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /\p{Mark}|[\u200c\u200d]/u;

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text in at most `width` columns, with `…` where something was left out. */
export function cutText(text: string, width: number, where: 'middle' | 'end'): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return ELLIPSIS.slice(0, width);
  const kept = width - 1;
  const tail = where === 'end' ? 0 : Math.floor(kept / 2);
  const characters = [...text];
  return take(characters, kept - tail) + ELLIPSIS + take(characters.reverse(), tail, true);
}

/** Lines of at most `width` columns, broken at spaces; a word that is longer stays whole, to be copied. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && textWidth(longer) > width) {
      lines.push(current.trimEnd());
      current = word;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}

function take(characters: readonly string[], width: number, reversed = false): string {
  const taken: string[] = [];
  let left = width;
  for (const character of characters) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken.push(character);
  }
  return (reversed ? taken.reverse() : taken).join('');
}

function characterWidth(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
