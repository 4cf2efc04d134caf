import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExitCode } from '../../src/problems/index.js';
import { OrionError } from '../../src/problems/index.js';
import {
  type CheckResult,
  checkCode,
  checkStatus,
  nagiosText,
  prometheusText,
  unchecked,
} from '../../src/report/index.js';

const finding = (status: CheckResult['findings'][number]['status'], text: string = status) => ({
  id: `${status}.${text}`,
  status,
  text,
});

const result = (...findings: CheckResult['findings']): CheckResult => ({
  name: 'lag',
  findings,
  figures: [],
});

const FIGURES: CheckResult['figures'] = [
  { name: 'lag', help: 'Lag', labels: { stream: 'a b', group: 'g=1|' }, value: 7, unit: '' },
  { name: 'lag', help: 'Lag', labels: { stream: 'c', group: 'g' }, value: null, unit: '' },
  { name: 'age_seconds', help: 'Age', labels: {}, value: 1.5, unit: 's', critical: 5 },
  { name: 'backlog', help: 'B', labels: {}, value: 3, unit: '', warning: 100, critical: 1_000 },
];

describe('how a check stands', () => {
  it.each<[code: ExitCode, found: CheckResult, status: number]>([
    [0, result(finding('ok')), 0],
    [0, result(), 0],
    [0, result(finding('ok'), finding('warning')), 1],
    [0, result(finding('critical'), finding('ok')), 2],
    [0, result(finding('unknown')), 0],
    [1, result(finding('critical')), 3],
    [2, result(), 2],
    [3, result(finding('warning')), 2],
    [4, result(), 2],
    [64, result(), 3],
    [70, result(), 3],
    [130, result(finding('ok')), 3],
  ])('with exit code %i: %j is %i', (code, found, status) => {
    expect(checkCode(checkStatus(found, code))).toBe(status);
  });
});

describe('for nagios', () => {
  it('is one line with every fault and every figure', () => {
    const found = result(
      finding('ok'),
      finding('critical', 'a | b'),
      finding('critical', 'c\nd'),
      finding('warning', 'w'),
    );
    expect(nagiosText({ ...found, figures: FIGURES }, 3)).toBe(
      "CRITICAL lag Crit:a / b, c\\nd Warn:w OK:1 | 'lag/a b/g_1_'=7 lag/c/g=U age_seconds=1.5000s;;5 backlog=3;100;1000\n",
    );
    expect(nagiosText(result(finding('ok')), 0)).toBe('OK lag OK:1\n');
  });

  it('says why nothing was checked', () => {
    const problem = new OrionError({ kind: 'prerequisite', code: 'redis.gone', message: 'Gone.' });
    expect(nagiosText(unchecked('lag', problem), 1)).toBe('UNKNOWN lag Unknown:Gone. OK:0\n');
  });
});

describe('for prometheus', () => {
  it('is gauges whose labels never change, each described once', () => {
    expect(prometheusText({ ...result(finding('warning')), figures: FIGURES }, 0)).toBe(
      `# HELP orion_bus_lag_status ok 0, warning 1, critical 2, unknown 3, of all findings
# TYPE orion_bus_lag_status gauge
orion_bus_lag_status 1
# HELP orion_bus_lag_exit_code The exit code of the check as text
# TYPE orion_bus_lag_exit_code gauge
orion_bus_lag_exit_code 0
# HELP orion_bus_lag_finding_status ok 0, warning 1, critical 2, unknown 3
# TYPE orion_bus_lag_finding_status gauge
orion_bus_lag_finding_status{finding="warning.warning"} 1
# HELP orion_bus_lag_lag Lag
# TYPE orion_bus_lag_lag gauge
orion_bus_lag_lag{stream="a b",group="g=1|"} 7
orion_bus_lag_lag{stream="c",group="g"} NaN
# HELP orion_bus_lag_age_seconds Age
# TYPE orion_bus_lag_age_seconds gauge
orion_bus_lag_age_seconds 1.5
# HELP orion_bus_lag_backlog B
# TYPE orion_bus_lag_backlog gauge
orion_bus_lag_backlog 3
`,
    );
  });

  it('takes any name as a label', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (stream) => {
        const figure = { name: 'x', help: '', labels: { stream }, value: 1, unit: '' } as const;
        const text = prometheusText({ ...result(), figures: [figure] }, 0);
        const last = text.trimEnd().split('\n').at(-1) ?? '';
        const quoted = /^orion_bus_lag_x\{stream="((?:[^"\\\n]|\\["\\n])*)"\} 1$/su.exec(last)?.[1];
        const read = quoted?.replaceAll(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
        expect(read).toBe(stream);
      }),
    );
  });
});
