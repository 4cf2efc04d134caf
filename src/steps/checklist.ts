import { isAbsolute } from 'node:path';
import { discoverStreams, lookAtStream, type TestsPlan } from '../facts/index.js';
import { type Finding, messageOf, OrionError } from '../problems/index.js';
import { runCommand } from '../services/index.js';
import { validated } from './phase-validate.js';
import type { PhaseContext } from './step-context.js';

/*
 * Guide, "Pre-Migration Checklist": its six items, each seen to hold before anything is changed.
 * Programs are run only once the operator has agreed; until then those items are not known.
 */

/** A build and its tests may take this long. */
const PROGRAM_TIMEOUT_MS = 15 * 60_000;

export async function checklist(
  context: PhaseContext,
  programs: 'run' | 'not-yet',
): Promise<readonly Finding[]> {
  const { build, tests } = context.plan.target;
  return [
    await programItem('checklist.build', 'target.build', build, programs, context.signal),
    await programItem('checklist.tests', 'target.tests', tests, programs, context.signal),
    await validateItem(context),
    await contractsItem(context),
    await streamsItem(context),
    programs === 'run'
      ? await baselineItem(context)
      : {
          ...notYet('checklist.baseline', 'the baseline, where none was captured'),
          hint: 'Where there is no baseline, one of a minute is captured; for a longer one: orion-bus baseline --for 10m.',
        },
  ];
}

async function programItem(
  id: string,
  key: string,
  program: TestsPlan | null,
  programs: 'run' | 'not-yet',
  signal: AbortSignal,
): Promise<Finding> {
  if (program === null) {
    return { id, status: 'pass', message: `no ${key} is configured, so nothing had to be run` };
  }
  const command = program.command.join(' ');
  if (programs === 'not-yet') return notYet(id, command);
  const { cwd, env } = program;
  const result = await runCommand(program.command, {
    ...{ cwd, env, signal },
    timeoutMs: PROGRAM_TIMEOUT_MS,
  });
  if (result.exitCode === 0) return { id, status: 'pass', message: `${command} succeeded` };
  const last = `${result.stdout}\n${result.stderr}`.trim().split('\n').at(-1) ?? '';
  return {
    id,
    status: 'fail',
    message: `${key}: ${command} did not succeed (${result.timedOut ? 'it took too long' : `exit code ${result.exitCode}`})`,
    hint: `The last line it printed: ${last}`,
  };
}

/** Before the start the target bus cannot answer; everything else of the daily check can hold. */
async function validateItem(context: PhaseContext): Promise<Finding> {
  const id = 'checklist.validate';
  const verdict = await validated(context, false);
  const [first] = verdict.checks.filter(({ status }) => status === 'fail');
  if (first === undefined) return { id, status: 'pass', message: 'the daily check passes' };
  return {
    id,
    status: 'fail',
    message: `the daily check fails: ${first.message}`,
    hint: 'orion-bus validate shows all findings.',
  };
}

async function contractsItem({ contracts, plan }: PhaseContext): Promise<Finding> {
  const id = 'checklist.contracts';
  try {
    const { types } = await contracts();
    const where = isAbsolute(plan.contracts) ? plan.contracts : 'the contracts that are shipped';
    return { id, status: 'pass', message: `${types.length} contracts are accessible in ${where}` };
  } catch (error) {
    return { id, status: 'fail', message: messageOf(error) };
  }
}

async function streamsItem({ redis, capabilities, plan }: PhaseContext): Promise<Finding> {
  const id = 'checklist.streams';
  try {
    const found = await discoverStreams(redis, plan.streams.prefix);
    for (const { stream } of found)
      await lookAtStream(redis, capabilities, stream, { countCap: 0 });
    if (found.length > 0) {
      return { id, status: 'pass', message: `${found.length} streams answer as they must` };
    }
    return {
      id,
      status: 'fail',
      message: `there is no stream under ${plan.streams.prefix}:`,
      hint: 'Is this the Redis of the bus, and streams.prefix right?',
    };
  } catch (error) {
    if (error instanceof OrionError && error.code === 'redis.unreachable') throw error;
    return { id, status: 'fail', message: messageOf(error) };
  }
}

async function baselineItem({ phase, signal }: PhaseContext): Promise<Finding> {
  const id = 'checklist.baseline';
  try {
    const figures = await phase.baseline(signal);
    return {
      id,
      status: 'pass',
      message: 'the baseline of the source is captured',
      value: figures,
    };
  } catch (error) {
    if (!(error instanceof OrionError)) throw error;
    return { id, status: 'fail', message: error.message, hint: 'orion-bus baseline captures it.' };
  }
}

const notYet = (id: string, what: string): Finding => ({
  id,
  status: 'skip',
  message: `${what}: not run yet, it runs after the confirmation`,
});
