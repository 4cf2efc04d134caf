import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { DOCUMENTED, documentSchema } from '../../src/report/index.js';

interface Printed {
  readonly code: number | null;
  readonly stdout: string;
}

/** Short names, as the commands have them. */
const ALIASES: Readonly<Record<string, string>> = {
  migrate: 'phase2:migrate',
  groups: 'groups:list',
  contracts: 'contracts:list',
  runbooks: 'runbooks:list',
  journal: 'journal:list',
};

const compiled = new Map<string, ValidateFunction>();

/**
 * What is wrong with the document that a command line printed; null where nothing is, and where it
 * asked for none. A shipped schema lets a later version add members; here every one has to be in it.
 */
export function documentFault(args: readonly string[], printed: Printed): string | null {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const id = commandOf(own);
  if (id === null || !own.includes('--json') || own.some((word) => NO_RESULT.has(word)))
    return null;
  const document = parsed(printed.stdout);
  if (document === undefined) return null;
  const validate = compiled.get(id) ?? compile(id);
  if (!validate(document)) {
    return (validate.errors ?? [])
      .map(
        ({ instancePath, message, params }) =>
          `${instancePath} ${message} ${JSON.stringify(params)}`,
      )
      .join('\n');
  }
  const { exitCode = printed.code } = document;
  return exitCode === printed.code ? null : `it says ${exitCode}, and ended with ${printed.code}`;
}

const NO_RESULT = new Set(['--help', '-h', '--watch']);

/** The id of the command that the words begin with; null for one that is none of the shipped ones. */
export function commandOf([first = '', second = '']: readonly string[]): string | null {
  const ids = [`${first}:${second}`, ALIASES[first], first];
  return ids.find((id) => id !== undefined && DOCUMENTED.includes(id)) ?? null;
}

function compile(id: string): ValidateFunction {
  const schema = { ...documentSchema(id), unevaluatedProperties: false };
  const validate = new Ajv2020({ strictTypes: false, strictRequired: false }).compile(schema);
  compiled.set(id, validate);
  return validate;
}

function parsed(text: string): { readonly exitCode?: number } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
