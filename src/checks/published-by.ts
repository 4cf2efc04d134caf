/**
 * Whether a message is one of a publisher's, by the `source` it carries: `orion-approval` publishes as
 * `orion-approval-telegram` too.
 */
export function isPublishedBy(publisher: string, source: string): boolean {
  return source === publisher || source.startsWith(`${publisher}-`);
}
