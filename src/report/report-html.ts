import type { MigrationReport } from '../runbooks/index.js';
import { bandSvg, type Chart, COLOURS, chartSvg, lineClass, type TimeAxis } from './chart-svg.js';
import { escapeHtml } from './escape-html.js';
import { formatBytes, formatCount } from './format.js';
import {
  reportLead,
  reportSections,
  reportTitle,
  type Section,
  type SectionCell,
  timeText,
} from './migration-report.js';
import { REPORT_STYLE } from './report-style.js';

/** The report as one page that needs nothing from elsewhere: no script, no font, no picture. */
export function reportHtml(report: MigrationReport): string {
  const title = escapeHtml(reportTitle(report));
  const [success, ...others] = reportSections(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${escapeHtml(reportLead(report))}</p>
${success === undefined ? '' : sectionHtml(success)}
${chartsHtml(report)}
${others.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml({ title, text, table }: Section): string {
  const rows = table?.rows ?? [];
  return [
    `<section><h2>${escapeHtml(title)}</h2>`,
    ...text.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(table === null || rows.length === 0 ? [] : [tableHtml(table.columns, rows)]),
    '</section>',
  ].join('\n');
}

function tableHtml(columns: readonly string[], rows: readonly (readonly SectionCell[])[]): string {
  const head = columns.map((column) => `<th>${escapeHtml(column)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`).join('\n');
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

function cellHtml(cell: SectionCell): string {
  if (typeof cell === 'string') return `<td>${escapeHtml(cell)}</td>`;
  return `<td><span class="verdict ${cell.verdict}">${cell.verdict}</span></td>`;
}

function chartsHtml(report: MigrationReport): string {
  const { charts, thresholds } = report;
  const events = eventsOf(report);
  const axis: TimeAxis = {
    fromMs: Date.parse(report.from),
    toMs: Date.parse(report.to),
    marks: events.map(({ at, text }, index) => ({ atMs: Date.parse(at), number: index + 1, text })),
  };
  const { memory, latencyP95Ms } = thresholds;
  const ms = (value: number): string => `${Number(value.toPrecision(3))} ms`;
  const drawn: readonly Chart[] = [
    ...backlogCharts(report),
    {
      title: 'Memory of the target bus',
      lines: [{ name: 'resident memory', values: charts.memoryBytes }],
      limits: [
        { name: 'target', value: memory.targetBytes },
        { name: 'alert', value: memory.alertBytes },
      ],
      format: formatBytes,
      unit: 2 ** 20,
    },
    {
      title: 'Latency',
      lines: [
        { name: 'publish, p95 (estimate)', values: charts.publishP95Ms },
        { name: 'subscribe (estimate)', values: charts.handlingMs },
        { name: 'health endpoint', values: charts.healthMs },
      ],
      limits: [{ name: 'target', value: latencyP95Ms }],
      format: ms,
    },
  ];
  return `<section><h2>Over time</h2>
<p>Of each step the worst is drawn. A line ends where nobody looked; the numbered marks are listed below.</p>
${drawn.map((chart) => figureHtml(chart.title, legendHtml(chart), chartSvg(chart, axis))).join('\n')}
${figureHtml('Health of the target bus', HEALTH_LEGEND, bandSvg('Health of the target bus', charts.health, axis))}
${eventsHtml(events)}</section>`;
}

/** A chart a stream: the groups of all of them would be too many lines to tell apart. */
function backlogCharts({ charts, thresholds }: MigrationReport): readonly Chart[] {
  const streams = [...new Set(charts.backlogs.map(({ stream }) => stream))].sort(byName);
  return streams.map((stream) => ({
    title: `Backlog on ${stream}`,
    lines: charts.backlogs
      .filter((each) => each.stream === stream)
      .map(({ group, values }) => ({ name: group, values })),
    limits: [{ name: 'target', value: thresholds.lag.target }],
    format: formatCount,
  }));
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

function figureHtml(title: string, legend: string, drawing: string): string {
  return `<figure><figcaption><b>${escapeHtml(title)}</b>${legend}</figcaption>${drawing}</figure>`;
}

function legendHtml({ lines }: Chart): string {
  if (lines.length === 0) return '<span class="key">nothing was sampled</span>';
  return lines
    .map(
      ({ name }, index) =>
        `<span class="key"><i class="${lineClass(index)}${index >= COLOURS ? ' dashed' : ''}"></i>${escapeHtml(name)}</span>`,
    )
    .join('');
}

const HEALTH_LEGEND =
  '<span class="key"><i class="up"></i>up</span><span class="key"><i class="down"></i>down</span><span class="key"><i class="gap"></i>nobody looked</span>';

interface ReportEvent {
  readonly at: string;
  readonly text: string;
}

/** What the journal knows that a chart may be read by: runs, halts, gates passed by name. */
function eventsOf({ story: { runs, halts, overrides } }: MigrationReport): readonly ReportEvent[] {
  const events = [
    ...runs
      .filter(({ within }) => within === null)
      .map(({ startedAt, verb, module, outcome }) => ({
        at: startedAt,
        text: `${verb}${module === null ? '' : ` ${module}`}: ${outcome}`,
      })),
    ...halts.map(({ at, what, reason }) => ({ at, text: `halt ${what}: ${reason}` })),
    ...overrides.map(({ at, gate, reason }) => ({
      at,
      text: `gate ${gate} passed by name: ${reason}`,
    })),
  ];
  return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function eventsHtml(events: readonly ReportEvent[]): string {
  if (events.length === 0) return '<p>The journal has no event in this time.</p>';
  const items = events.map(
    ({ at, text }) => `<li><time>${escapeHtml(timeText(at))}</time> ${escapeHtml(text)}</li>`,
  );
  return `<ol class="events">${items.join('\n')}</ol>`;
}
