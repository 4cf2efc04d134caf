/* What must not be shown. Texts of a file are shown in errors only through here. */

const SHOWN = 60;

/** The text with user and password of any URL in it hidden. */
export function withoutUserinfo(text: string): string {
  return text.replaceAll(/:\/\/\S*@/g, '://(hidden)@');
}

/**
 * A key as it may be shown. Without the space after its colon, `password:secret` is one key, so what
 * follows a colon is left out.
 */
export function shownKey(key: string): string {
  return /^[\w@.-]+$/.test(key) ? key : JSON.stringify(key.replace(/[:=].*$/s, ':…'));
}

/** True for a name, such as that of a variable, whose value is likely a secret. */
export function soundsSecret(name: string): boolean {
  return /pass|pwd|secret|token|credential|auth|api_?key|dsn/i.test(name);
}

/**
 * The text for "found": scalars as they stand, on one line and cut; lists and maps by their kind.
 * Everything under `redis` and in an environment may be a secret, and a file that is no map may be
 * anything: there it is the kind alone.
 */
export function foundText(path: readonly string[], value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (path.length === 0 || path[0] === 'redis' || path.includes('env') || path.some(soundsSecret)) {
    return typeof value === 'string' ? 'a text (not shown)' : `a ${typeof value} (not shown)`;
  }
  if (typeof value !== 'string') return String(value);
  const masked = withoutUserinfo(value);
  return JSON.stringify(masked.length > SHOWN ? `${masked.slice(0, SHOWN)}…` : masked);
}
