/** Crockford's base 32: digits sort before letters, and no letter is mistaken for a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RANDOM_BYTES = 10;

/**
 * A run's id of 26 characters that sorts by time: 48 bits of milliseconds, then 80 random bits
 * (the layout of a ULID).
 * @param nowMs milliseconds since 1970
 * @param random gives that many random bytes, such as `crypto.randomBytes`
 */
export function newRunId(nowMs: number, random: (bytes: number) => Uint8Array): string {
  let bits = BigInt(nowMs);
  for (const byte of random(RANDOM_BYTES)) bits = (bits << 8n) | BigInt(byte);
  let id = '';
  for (let digit = 0; digit < 26; digit += 1, bits >>= 5n) id = ALPHABET[Number(bits & 31n)] + id;
  return id;
}
