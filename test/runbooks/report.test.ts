import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../src/config/index.js';
import { SampleLog } from '../../src/evidence/index.js';
import { Journal, type NewRecord } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import { reportHtml, reportMarkdown } from '../../src/report/index.js';
import { type MigrationReport, reportOf } from '../../src/runbooks/index.js';
import { EVERY, HOUR, MINUTE, samples } from '../checks/samples.js';

/*
 * Two hours of a migration by its journal and samples: phase 1 for half an hour, memory moved with a
 * gate passed by name, a halt, the bus down for a minute, and memory put back at the end.
 */

const START = Date.parse('2026-03-02T10:00:00Z');
const MOVED = START + HOUR / 2;
const BACK = START + 1.75 * HOUR;
const END = START + 2 * HOUR;
const HOSTILE = '<img src=x onerror=alert(1)> | "a" & \u001b[31m\'b\'';

let directory: string;
let config: Config;
let report: MigrationReport;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orion-report-'));
  const file = join(directory, 'orion-bus.yaml');
  await writeFile(
    file,
    JSON.stringify({
      stateDir: join(directory, 'state'),
      modules: {
        memory: {
          ...{ risk: 'low', service: 'orion-memory', log: null, groups: {} },
          settings: { file: join(directory, 'memory.env'), format: 'env', key: 'GROUP' },
        },
      },
      publishers: {},
    }),
  );
  await writeFile(join(directory, 'memory.env'), 'GROUP=orion-memory-group\n');
  config = await loadConfig({ file, redisUrl: undefined, env: {}, cwd: '/', packageRoot: '/' });
  await writeHistory(config.stateDir);
  report = await reportOf(config, { nowMs: END, sinceMs: null, untilMs: null });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function writeHistory(stateDir: string): Promise<void> {
  const log = new SampleLog(stateDir);
  const week = samples(START, END, (atMs) => ({
    group: { group: HOSTILE, lag: atMs === MOVED + MINUTE ? 70 : 2, handlingMs: 4 },
    stream: { checked: 10, publishP95Ms: 3 },
    target: { healthy: Math.abs(atMs - START - HOUR) >= MINUTE / 2, refused: atMs === END ? 7 : 0 },
  }));
  for (const sample of week) await log.append(sample);
  const journal = await Journal.open(stateDir, { clock: systemClock });
  const write = (run: string, type: NewRecord['type'], atMs: number, data: object, step?: string) =>
    journal.append({
      ...{ type, run, data: { ...data }, redisAt: atMs },
      ...(step === undefined ? {} : { step }),
    });
  await write('r1', 'run.started', START, { verb: 'phase1-start', module: null });
  await write('r1', 'step.done', START, { sinceMs: START }, 'begin-soak');
  await write('r1', 'run.finished', START, { outcome: 'done', undo: 'none' });
  for (const [run, verb, atMs] of [
    ['r2', 'migrate', MOVED],
    ['r3', 'rollback', BACK],
  ] as const) {
    await write(run, 'run.started', atMs - MINUTE, { verb, module: 'memory' });
    if (run === 'r2') {
      const data = { gate: 'phase1', reason: HOSTILE, verdict: 'fail', evidence: {} };
      await write(run, 'gate.overridden', atMs - MINUTE, data);
    }
    await write(run, 'step.intended', atMs - 5_000, {}, 'stop');
    await write(run, 'step.done', atMs - 4_000, { announced: 3 }, 'turn');
    await write(run, 'step.done', atMs - 2_500, {}, 'start');
    await write(
      run,
      'step.done',
      atMs,
      { lost: 0, streams: [{ stream: 'orion:events', verdict: 'inconclusive' }] },
      'loss-audit',
    );
    if (run === 'r2') await write(run, 'step.done', atMs, { sinceMs: atMs }, 'begin-soak');
    await write(run, 'run.finished', atMs, { outcome: 'done', undo: 'none' });
  }
  await write('h', 'halt.raised', START + HOUR, { reason: 'silent', by: 'watch@host' });
  await journal.close();
}

describe('the report', () => {
  it('fills the success table in, a verdict a row', () => {
    const { over, criteria, coverage } = report.success;
    expect(over).toBe('all');
    expect(criteria.map(({ criterion, verdict }) => [criterion, verdict])).toEqual([
      ['memory', 'pass'],
      ['publish-latency', 'pass'],
      ['subscribe-latency', 'pass'],
      ['uptime', 'fail'],
      ['contracts', 'pass'],
      ['loss', 'pass'],
      ['lag-average', 'pass'],
    ]);
    expect(coverage).toMatchObject({
      coveredMs: 2 * HOUR,
      gaps: 0,
      samples: (2 * HOUR) / EVERY + 1,
    });
  });

  it('tells every run, override and halt, what was paused and what is to be handled twice', () => {
    const { runs, overrides, halts } = report.story;
    expect(runs).toMatchObject([
      { verb: 'phase1-start', outcome: 'done', pauseMs: null, lost: null },
      { verb: 'migrate', module: 'memory', pauseMs: 2_500, announced: 3, tookMs: MINUTE },
      { verb: 'rollback', module: 'memory', pauseMs: 2_500, unaudited: ['orion:events'] },
    ]);
    expect(overrides).toMatchObject([{ gate: 'phase1', reason: HOSTILE, verdict: 'fail' }]);
    expect(halts).toMatchObject([{ what: 'raised', reason: 'silent', by: 'watch@host' }]);
    expect(report.downtime).toMatchObject({
      pauses: [{ module: 'memory', count: 2, longestMs: 2_500, sumMs: 5_000 }],
      refused: 7,
      health: { figures: { gaps: 1 } },
    });
    expect(report.modules).toMatchObject([{ module: 'memory', lostByRuns: 0, announced: 6 }]);
  });

  it('keeps to the period that is asked for', async () => {
    const part = await reportOf(config, { nowMs: END, sinceMs: MOVED, untilMs: MOVED + HOUR / 4 });
    expect(part.success.coverage.coveredMs).toBe(HOUR / 4);
    expect(part.charts.times[0]).toBe(MOVED);
    expect(part.charts.health).not.toContain('down');
    expect(report.charts.health).toContain('down');
  });

  it('says of nothing that there is nothing', async () => {
    const empty = { ...config, stateDir: join(directory, 'nowhere') };
    const none = await reportOf(empty, { nowMs: END, sinceMs: null, untilMs: null });
    expect(none.success.criteria.map(({ verdict }) => verdict)).toEqual(
      none.success.criteria.map(() => 'inconclusive'),
    );
    expect(reportMarkdown(none)).toContain('## Runs\n\nNone.');
    expect(reportHtml(none)).toContain('The journal has no event');
  });
});

describe('the report as Markdown', () => {
  it('has the guide’s final table and a rollback beside the guide’s time', () => {
    const text = reportMarkdown(report);
    expect(text).toContain('| Memory usage (highest) | - | \\< 100 MB | 30 MB | pass |');
    expect(text).toContain('| Uptime | - | 99.9 % | 99.17 % | **FAIL** |');
    expect(text).toMatch(
      /expects 15 min.*\n\n.*\n.*\n\| r3 \| rollback memory \| .* \| 1 m \| 3 \| done \|/,
    );
  });

  it('lets no text be taken for Markdown, nor break a table', () => {
    const row = reportMarkdown(report)
      .split('\n')
      .find((line) => line.includes('onerror'));
    expect(row).toContain('\\<img src=x onerror=alert(1)\\> \\| "a" \\& \\\\x1b\\[31m');
    expect(row?.match(/(?<!\\)\|/g)).toHaveLength(6);
  });
});

describe('the report as a page', () => {
  it('needs nothing from elsewhere, and takes no text for HTML', () => {
    const page = reportHtml(report);
    expect(page).not.toMatch(/<(script|img|link|iframe|object)|https?:\/\/|url\(|@import/i);
    expect(page).not.toContain('\u001b');
    expect(page).toContain(
      '&lt;img src=x onerror=alert(1)&gt; | &quot;a&quot; &amp; \\x1b[31m&#39;b&#39;',
    );
  });

  it('closes every element it opens', () => {
    const open: string[] = [];
    const page = reportHtml(report).replace(/<style>[\s\S]*?<\/style>/, '');
    for (const [, slash, name = '', self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
      if (self === '/' || name === 'meta') continue;
      if (slash === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('draws a chart a stream, memory, latency and health, each with the events of the journal', () => {
    const page = reportHtml(report);
    const drawings = page.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
    expect(drawings.map((svg) => /aria-label="([^"]*)"/.exec(svg)?.[1])).toEqual([
      'Backlog on orion:events',
      'Memory of the target bus',
      'Latency',
      'Health of the target bus',
    ]);
    for (const svg of drawings) {
      expect(svg.match(/class="mark"/g)).toHaveLength(5);
      expect(svg).toContain('<title>2: migrate memory: done</title>');
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
    expect(drawings.at(-1)).toContain('class="down"');
    expect(page.match(/<li><time>/g)).toHaveLength(5);
  });
});
