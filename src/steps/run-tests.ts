import { OrionError } from '../problems/index.js';
import { runCommand } from '../services/index.js';
import { lookingKind } from './define-step.js';

const TIMEOUT_MS = 15 * 60_000;
const KEPT_LINES = 10;

/** Guide, phase 2, step 2: the module's own integration tests, by the configured command. */
export const runTests = lookingKind({
  name: 'tests',
  summary: 'Runs the module’s configured tests; they must pass.',
  nature: 'gate',
  expires: 'until-stop',
  describe: ({ module }) =>
    module.tests === null
      ? `no tests are configured for ${module.name}`
      : `run the tests of ${module.name}: ${module.tests.command.join(' ')}`,
  async look(context, report) {
    const { module, options } = context;
    const overridden = options.overrides.get('tests');
    if (overridden !== undefined) {
      await context.record('gate.overridden', { gate: 'tests', reason: overridden });
      return { verdict: 'overridden', reason: overridden };
    }
    if (module.tests === null) return { verdict: 'pass', reason: 'no tests are configured' };
    report({ text: module.tests.command.join(' ') });
    const result = await runCommand(module.tests.command, {
      cwd: module.tests.cwd,
      env: module.tests.env,
      signal: context.signal,
      timeoutMs: TIMEOUT_MS,
    });
    const tail = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-KEPT_LINES);
    if (result.exitCode !== 0) {
      throw new OrionError({
        kind: 'validation',
        code: 'tests.failed',
        message: `The tests of ${module.name} did not pass: ${ending(result)}.`,
        hint: `Nothing was changed. The last line they printed: ${tail.at(-1) ?? ''}`,
        next: [`orion-bus migrate ${module.name} --override tests --reason TEXT`],
      });
    }
    return { verdict: 'pass', exitCode: result.exitCode, tail };
  },
});

function ending(result: {
  exitCode: number | null;
  timedOut: boolean;
  signal: string | null;
}): string {
  if (result.timedOut) return 'they took too long';
  return result.exitCode === null ? `ended by ${result.signal}` : `exit code ${result.exitCode}`;
}
