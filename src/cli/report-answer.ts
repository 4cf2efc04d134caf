import { redisTimeMs } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { formatBytes, line } from '../report/index.js';
import { reportOf } from '../runbooks/index.js';
import type { Answer } from './answer.js';
import { REPORT_TEXTS } from './report-texts.js';
import type { Session } from './session.js';
import { writeWhole } from './write-whole.js';

export const REPORT_FORMATS = ['md', 'html', 'json'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportOptions {
  readonly format: ReportFormat;
  /** Where to write it, absolute; null for standard output. */
  readonly output: string | null;
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

/** The migration looked back upon, on standard output or in a file. */
export async function reportAnswer(session: Session, options: ReportOptions): Promise<Answer> {
  const { format, output, sinceMs, untilMs } = options;
  const nowMs = await timeOf(session);
  const report = await reportOf(session.config, { nowMs, sinceMs, untilMs });
  const text = REPORT_TEXTS[format](report);
  if (output === null) {
    const lines = text.trimEnd().split('\n');
    return { document: report, page: lines.map((each) => line(each, { whole: true })) };
  }
  await writeWhole(output, text);
  return {
    document: { ...report, output },
    page: [line(`${output}: ${formatBytes(Buffer.byteLength(text))} written.`)],
    next: ['orion-bus status'],
  };
}

/** A report is wanted most where something is wrong: without Redis it goes by this host's clock. */
async function timeOf(session: Session): Promise<number> {
  try {
    return await redisTimeMs(await session.redis());
  } catch (error) {
    if (!(error instanceof OrionError) || !error.code.startsWith('redis.')) throw error;
    return session.surroundings.clock.now();
  }
}
