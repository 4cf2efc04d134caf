import { messageOf } from '../problems/index.js';

/** What a bus answered to a look at its health endpoint. */
export interface BusHealth {
  readonly ok: boolean;
  readonly url: string;
  readonly milliseconds: number;
  readonly status: number | null;
  /** What the bus calls itself, and in which version, where it says so. */
  readonly service: string | null;
  readonly version: string | null;
  readonly problem: string | null;
}

const LONGEST_BODY = 64 * 1024;

/** Asks `<url>/health`; an answer other than 200 within the time is a problem, never an exception. */
export async function busHealth(url: string, timeoutMs: number): Promise<BusHealth> {
  const began = performance.now();
  const base = { url, status: null, service: null, version: null };
  const since = (): number => Math.round(performance.now() - began);
  try {
    const response = await fetch(new URL('/health', url), {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    const body = (await response.text()).slice(0, LONGEST_BODY);
    const named = parse(body);
    return {
      ...base,
      ...named,
      status: response.status,
      ok: response.status === 200,
      milliseconds: since(),
      problem: response.status === 200 ? null : `it answered ${response.status}`,
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { ...base, ok: false, milliseconds: since(), problem: messageOf(cause) };
  }
}

function parse(body: string): { service: string | null; version: string | null } {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return { service: null, version: null };
    const text = (name: string): string | null => {
      const found: unknown = Reflect.get(value, name);
      return typeof found === 'string' ? found : null;
    };
    return { service: text('service'), version: text('version') };
  } catch {
    return { service: null, version: null };
  }
}
