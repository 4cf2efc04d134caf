import type { ExitCode } from '../problems/index.js';
import { type CheckResult, checkCode, checkStatus, type Figure } from './check-result.js';

/**
 * The result in the text format of Prometheus, for the textfile collector of node_exporter. Only
 * values change from one time to the next, never labels: a status as a label would be a new series
 * at every change. A figure that is not known is NaN.
 */
export function prometheusText(result: CheckResult, exitCode: ExitCode): string {
  const status = checkCode(checkStatus(result, exitCode));
  const plain = (name: string, help: string, value: number): Figure => {
    return { name, help, labels: {}, value, unit: '' };
  };
  const figures: readonly Figure[] = [
    plain('status', `${STATUS}, of all findings`, status),
    plain('exit_code', 'The exit code of the check as text', exitCode),
    ...result.findings.map(({ id, status }) => ({
      ...plain('finding_status', STATUS, checkCode(status)),
      labels: { finding: id },
    })),
    ...result.figures,
  ];
  const names = [...new Set(figures.map(({ name }) => name))];
  return names
    .flatMap((name) => {
      const series = figures.filter((figure) => figure.name === name);
      const metric = `orion_bus_${result.name}_${name}`;
      return [
        `# HELP ${metric} ${series[0]?.help ?? ''}`,
        `# TYPE ${metric} gauge`,
        ...series.map(({ labels, value }) => `${metric}${labelsText(labels)} ${value ?? 'NaN'}`),
      ];
    })
    .map((each) => `${each}\n`)
    .join('');
}

const STATUS = 'ok 0, warning 1, critical 2, unknown 3';

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
