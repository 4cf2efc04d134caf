import { type GateResult, gateResult } from './gate.js';

/** What is known of one stream's headroom before a pause. */
export interface StreamHeadroom {
  readonly stream: string;
  readonly unlimited: boolean;
  readonly entries: number | null;
  /** Null where the rate is not known. */
  readonly seconds: number | null;
  /** Three times the expected pause and the time to drain; null where the rate is not known. */
  readonly needed: number | null;
}

/** Trimming must not reach an entry that the module is owed while it is down. */
export function headroomGate(streams: readonly StreamHeadroom[]): GateResult {
  const evidence = { streams: streams.map((stream) => ({ ...stream })) };
  const short = streams.find(
    ({ unlimited, seconds, needed }) =>
      !unlimited && seconds !== null && needed !== null && seconds <= needed,
  );
  if (short !== undefined) {
    const [seconds, needed] = [short.seconds ?? 0, short.needed ?? 0].map((s) => s.toFixed(1));
    return gateResult(
      'headroom',
      'fail',
      `${short.stream} is trimmed in ${seconds} s at the present rate; the pause needs ${needed} s`,
      { hint: 'Let the module catch up, or raise the streams’ maximal length.', evidence },
    );
  }
  const unknown = streams.find(
    ({ unlimited, seconds, needed }) => !unlimited && (seconds === null || needed === null),
  );
  if (unknown !== undefined) {
    return gateResult('headroom', 'inconclusive', `the rate of ${unknown.stream} is not known`, {
      evidence,
    });
  }
  return gateResult('headroom', 'pass', 'trimming is far enough away on every stream', {
    evidence,
  });
}
