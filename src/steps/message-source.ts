/** Who says to have published a message; null for a text that is no message or does not say. */
export function messageSource(text: string): string | null {
  try {
    const message: unknown = JSON.parse(text);
    const says = typeof message === 'object' && message !== null && 'source' in message;
    return says && typeof message.source === 'string' ? message.source : null;
  } catch {
    return null;
  }
}
