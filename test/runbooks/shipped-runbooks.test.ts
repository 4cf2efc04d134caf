import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CONTEXT_SHAPE, checkRunbook, loadRunbooks } from '../../src/runbooks/index.js';
import { STEP_KINDS } from '../../src/steps/index.js';

const shipped = await loadRunbooks({
  shipped: fileURLToPath(new URL('../../runbooks', import.meta.url)),
});

describe.each([...shipped])('the shipped runbook %s', (_id, runbook) => {
  it('is all known, and says for every step why and how by hand', () => {
    const findings = checkRunbook(runbook, STEP_KINDS, CONTEXT_SHAPE, shipped.keys());
    expect(findings.filter(({ status }) => status !== 'pass')).toEqual([]);
  });

  it('ends every pause that it begins', () => {
    const pauses = runbook.steps.map(({ uses }) => STEP_KINDS.get(uses)?.pause);
    expect(pauses.lastIndexOf('begins')).toBeLessThanOrEqual(pauses.lastIndexOf('ends'));
  });
});
