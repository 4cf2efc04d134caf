import { Refusal } from './refusal.js';
import type { SettingPlace } from './setting-place.js';

/** The bytes of a file as text, and back, without losing one. */
export interface FileText {
  /** Without the byte order mark, which no parser here expects. */
  readonly text: string;
  /** A value as it looks in `text`. */
  view(value: string): string;
  /** A value of `text` as it is. */
  unview(value: string): string;
  toBytes(text: string): Buffer;
}

const MARK = '\uFEFF';

/**
 * UTF-8. An env or text file that is not (a comment in an old character set) is looked at byte by
 * byte, which finds and replaces plain values as well and keeps the rest.
 * @throws Refusal for the other formats, which are UTF-8 by definition.
 */
export function fileText(bytes: Buffer, { file, format }: SettingPlace): FileText {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return utf8(text);
  } catch {
    if (format !== 'env' && format !== 'text')
      throw new Refusal('malformed', `${file} is not valid ${format} (it is not UTF-8)`);
    return byteByByte(bytes);
  }
}

function utf8(whole: string): FileText {
  const mark = whole.startsWith(MARK) ? MARK : '';
  return {
    text: whole.slice(mark.length),
    view: (value) => value,
    unview: (value) => value,
    toBytes: (text) => Buffer.from(mark + text, 'utf8'),
  };
}

function byteByByte(bytes: Buffer): FileText {
  return {
    text: bytes.toString('latin1'),
    view: (value) => Buffer.from(value, 'utf8').toString('latin1'),
    unview: (value) => Buffer.from(value, 'latin1').toString('utf8'),
    toBytes: (text) => Buffer.from(text, 'latin1'),
  };
}
