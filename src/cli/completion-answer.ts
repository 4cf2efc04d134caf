import type { Config } from '@oclif/core';
import { GATES, NEVER_OVERRIDDEN } from '../checks/index.js';
import { OrionError } from '../problems/index.js';
import { line } from '../report/index.js';
import type { Answer } from './answer.js';
import { completionScript, type Shell } from './completion-script.js';
import { completionWords, type KnownNames } from './completion-words.js';
import type { Session } from './session.js';

/** The script that completes command lines; with the names that this host's configuration has. */
export async function completionAnswer(
  shell: Shell,
  config: Config,
  open: () => Promise<Session>,
): Promise<Answer> {
  const script = completionScript(shell, config.bin, completionWords(config, await names(open)));
  const page = script.trimEnd().split('\n');
  return { document: { shell, script }, page: page.map((each) => line(each, { whole: true })) };
}

async function names(open: () => Promise<Session>): Promise<KnownNames> {
  const gates = GATES.filter((gate) => !NEVER_OVERRIDDEN.includes(gate));
  try {
    const { config } = await open();
    const modules = config.modules.map(({ name }) => name).filter(isPlain);
    const groups = config.modules
      .flatMap((module) => [module.groups, ...Object.values(module.groups.byType)])
      .flatMap(({ source, target }) => [source, target])
      .filter(isPlain);
    return {
      override: gates,
      module: modules,
      group: [...new Set(groups)],
      name: [...new Set([...modules, ...groups])],
    };
  } catch (error) {
    // A shell must start also where the configuration is wrong.
    if (error instanceof OrionError) return { override: gates };
    throw error;
  }
}

/** A shell would act on anything else when it offers the words. */
function isPlain(name: string): boolean {
  return /^[\w.:-]+$/.test(name);
}
