import { type Check, judgeChecks, type ValidateVerdict } from '../checks/index.js';
import { type ExitCode, OrionError, type ProblemKind } from '../problems/index.js';
import { lookingPhaseKind } from './define-step.js';
import type { PhaseContext } from './step-context.js';
import { validate } from './validate.js';

/** What was moved a moment ago may still have a little to catch up on. */
const AGAIN_WITHIN_MS = 10_000;
const AGAIN_EVERY_MS = 500;

/** Guide, "Migration Validation Script": after each phase. */
export const phaseValidate = lookingPhaseKind({
  name: 'validate',
  summary: 'The daily check; after a way back without the target bus, which is down then.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['target'],
    properties: { target: { enum: ['up', 'down'] } },
  },
  nature: 'check',
  describe: () => 'carry out the daily check',
  async look(context, report, { target }) {
    const { clock, signal } = context;
    const deadline = clock.now() + Math.min(AGAIN_WITHIN_MS, context.plan.handoff.flowWaitMs);
    for (;;) {
      const verdict = await validated(context, target === 'up');
      if (verdict.ok) {
        return {
          checks: verdict.checks.length,
          warnings: verdict.checks
            .filter(({ status }) => status === 'warn')
            .map(({ id, message }) => ({ id, message })),
        };
      }
      const [first] = verdict.checks.filter(({ status }) => status === 'fail');
      if (clock.now() >= deadline) throw notValid(verdict);
      report({ text: first?.message ?? 'the daily check fails' });
      await clock.sleep(AGAIN_EVERY_MS, signal);
      signal.throwIfAborted();
    }
  },
  findings: ({ warnings }) =>
    (Array.isArray(warnings) ? warnings : []).map(({ id, message }) => ({
      id: String(id),
      status: 'warn',
      message: String(message),
    })),
});

/** The daily check, without what only a running target bus could pass. */
export async function validated(
  context: PhaseContext,
  withTarget: boolean,
): Promise<ValidateVerdict> {
  const { plan } = context;
  const asked = withTarget ? plan : { ...plan, target: { ...plan.target, url: null } };
  const verdict = await validate({ ...context, plan: asked, open: async () => context.redis });
  return withTarget ? verdict : judgeChecks(verdict.checks.filter(isOfSource), verdict.durationMs);
}

const isOfSource = ({ id }: Check): boolean => id !== 'target.health';

function notValid({ exitCode, checks }: ValidateVerdict): OrionError {
  const failed = checks.filter(({ status }) => status === 'fail');
  return new OrionError({
    kind: KINDS[exitCode] ?? 'prerequisite',
    code: 'validate.failed',
    exitCode,
    message: `The daily check fails: ${failed.map(({ message }) => message).join('; ')}.`,
    ...(failed[0]?.hint === undefined ? {} : { hint: failed[0].hint }),
    next: ['orion-bus validate'],
  });
}

const KINDS: Partial<Record<ExitCode, ProblemKind>> = { 2: 'flow', 3: 'groups', 4: 'validation' };
