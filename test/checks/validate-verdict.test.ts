import { describe, expect, it } from 'vitest';
import { type Check, type CheckGroup, judgeChecks } from '../../src/checks/index.js';

const check = (group: CheckGroup, status: Check['status'], id = `${group}.${status}`): Check => ({
  ...{ id, group, status, message: '' },
});
/** In the order of judging; the guide's codes are 1 to 4. */
const groups: CheckGroup[] = ['prerequisites', 'roundtrip', 'consumer-groups', 'validation'];

describe('the verdict of validate', () => {
  it.each(groups)(
    'is the code of the first group that fails, whichever fail after it: %s',
    (first) => {
      const failing = groups.slice(groups.indexOf(first)).map((group) => check(group, 'fail'));
      expect(judgeChecks([...failing].reverse(), 5)).toMatchObject({
        ...{ ok: false, exitCode: groups.indexOf(first) + 1, durationMs: 5 },
      });
    },
  );

  it.each(['pass', 'warn', 'skip'] as const)(
    'is good where there is nothing worse than %s',
    (status) => {
      const verdict = judgeChecks(
        groups.map((group) => check(group, status)),
        0,
      );
      expect(verdict).toMatchObject({ ok: true, exitCode: 0 });
    },
  );

  it('keeps every finding, group by group, and the order within one', () => {
    const mixed = [
      check('validation', 'fail', 'd'),
      check('prerequisites', 'pass', 'a1'),
      check('consumer-groups', 'warn', 'c'),
      check('prerequisites', 'fail', 'a2'),
      check('roundtrip', 'skip', 'b'),
    ];
    expect(judgeChecks(mixed, 0).checks.map(({ id }) => id)).toEqual(['a1', 'a2', 'b', 'c', 'd']);
  });
});
