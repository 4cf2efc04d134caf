import type { SettingPlace, SettingProblem } from './setting-place.js';

/** Why a setting cannot be read or edited. It never leaves this room: callers get a reading or an OrionError. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = `settings.${code}`;
  }

  get problem(): SettingProblem {
    return { code: this.code, message: this.message };
  }
}

export type RefusalCode =
  | 'missing-file'
  | 'unreadable'
  | 'not-a-file'
  | 'read-only'
  | 'malformed'
  | 'missing-key'
  | 'duplicate-key'
  | 'other-value'
  | 'unwritable-value'
  | 'changed-meanwhile';

/** The setting as a message names it. */
export function nameOf({ file, key }: SettingPlace): string {
  return key === null ? file : `${key} in ${file}`;
}

/** A value as a message may show it: on one line, cut short, without what is or looks like a secret. */
export function shown(value: string, key: string | null): string {
  if (key !== null && /pass|secret|token|credential|private/i.test(key)) return '(not shown)';
  const safe = value.replaceAll(/(:\/\/[^\s/@:]*):[^\s/@]*@/g, '$1:***@');
  return JSON.stringify(safe.length > MAX_SHOWN ? `${safe.slice(0, MAX_SHOWN)}…` : safe);
}

const MAX_SHOWN = 120;
