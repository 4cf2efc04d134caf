import type { Check } from '../checks/index.js';
import { type Contracts, violationText } from '../contracts/index.js';
import { discoverStreams, type FoundStream, newestEntries } from '../facts/index.js';
import { messageOf } from '../problems/index.js';
import type { LiveValidateContext } from './validate-context.js';

const GROUP = 'validation' as const;
/** How many of a stream's newest entries are held against the contract. */
const NEWEST = 100;

/** The contracts load, and the newest messages of every stream keep them. */
export async function messageChecks(context: LiveValidateContext): Promise<readonly Check[]> {
  let contracts: Contracts;
  try {
    contracts = await context.contracts();
  } catch (error) {
    const message = messageOf(error);
    return [{ id: 'contracts.load', group: GROUP, status: 'fail', message }];
  }
  const checks: Check[] = [
    {
      id: 'contracts.load',
      group: GROUP,
      status: 'pass',
      message: `${contracts.types.length} contracts are loaded`,
      value: contracts.types.length,
    },
  ];
  for (const stream of await discoverStreams(context.redis, context.plan.streams.prefix)) {
    checks.push(await streamCheck(context, contracts, stream));
  }
  return checks;
}

async function streamCheck(
  { redis }: LiveValidateContext,
  contracts: Contracts,
  { stream, type }: FoundStream,
): Promise<Check> {
  const base = { id: `messages.${type}`, group: GROUP };
  if (contracts.get(type) === null) {
    return { ...base, status: 'warn', message: `${stream}: there is no contract of type ${type}` };
  }
  const entries = await newestEntries(redis, stream, NEWEST);
  const broken: string[] = [];
  let warned = 0;
  for (const { id, fields } of entries) {
    const text = fields.get('data');
    if (text === undefined) {
      broken.push(`${id}: it has no field data`);
      continue;
    }
    const result = contracts.parse(type, text);
    const [first] = result.valid ? [] : result.violations;
    if (first !== undefined) broken.push(`${id}: ${violationText(first)}`);
    else if (result.warnings.length > 0) warned += 1;
  }
  const value = { looked: entries.length, broken: broken.length, warned };
  if (broken.length > 0) {
    return {
      ...base,
      status: 'fail',
      message: `${stream}: ${broken.length} of the newest ${entries.length} messages break the contract`,
      hint: `The newest of them, ${broken[0]}`,
      value,
    };
  }
  if (warned > 0) {
    return {
      ...base,
      status: 'warn',
      message: `${stream}: ${warned} of the newest ${entries.length} messages have a format that does not hold`,
      value,
    };
  }
  return {
    ...base,
    status: 'pass',
    message: `${stream}: the newest ${entries.length} messages keep the contract`,
    value,
  };
}
