import { isPublishedBy } from '../checks/index.js';
import {
  discoverStreams,
  groupOf,
  lookAtReaders,
  newestEntries,
  readersOfGroup,
} from '../facts/index.js';
import { type Finding, type Json, OrionError } from '../problems/index.js';
import { lookingPhaseKind } from './define-step.js';
import { messageSource } from './message-source.js';
import { servicesOn } from './services-on.js';
import type { PhaseContext } from './step-context.js';

/** How many of a stream's newest entries are asked who wrote them. */
const NEWEST = 100;

/**
 * Guide, phase 3: the target bus carries all of the traffic. Evidence of it: the source bus is down, no
 * setting points to the source, nobody reads with a source group, and every recent writer is known.
 */
export const allTraffic = lookingPhaseKind({
  name: 'all-traffic',
  summary: 'Everything publishes and reads on the target, and the source bus is down.',
  nature: 'check',
  describe: () => 'see that all traffic runs on the target',
  async look(context) {
    const { plan, services } = context;
    const left = await servicesOn(context, 'source');
    if (left.length > 0) throw notAll(`${left.join(', ')} still points to the source`);
    const { service } = plan.source;
    const active = service === null ? 'none' : (await services.state(service)).active;
    if (active === 'active' || active === 'changing') {
      throw notAll(`the source bus ${service ?? ''} is ${active}`);
    }
    const readers = await sourceReaders(context);
    if (readers.length > 0) throw notAll(`still read: ${readers.join(', ')}`);
    return { active, unknownWriters: await unknownWriters(context) };
  },
  findings: ({ unknownWriters: writers }) => writerFindings(writers),
});

async function sourceReaders({ plan, redis, clock }: PhaseContext): Promise<readonly string[]> {
  const look = await lookAtReaders(redis, { clock, allowed: plan.handoff.probe });
  const found: string[] = [];
  for (const { stream, type } of await discoverStreams(redis, plan.streams.prefix)) {
    for (const module of plan.modules) {
      const group = groupOf(module, type, 'source');
      const [reader] = readersOfGroup(look, { stream, group, database: redis.database });
      if (reader !== undefined) found.push(`${group} on ${stream} by ${reader.consumer}`);
    }
  }
  return found;
}

async function unknownWriters({ plan, redis }: PhaseContext): Promise<readonly string[]> {
  const known = plan.publishers.map(({ publishesAs }) => publishesAs);
  const writers = new Set<string>();
  for (const { stream } of await discoverStreams(redis, plan.streams.prefix)) {
    for (const { fields } of await newestEntries(redis, stream, NEWEST)) {
      const writer = messageSource(fields.get('data') ?? '');
      if (writer === null) continue;
      if (!known.some((name) => isPublishedBy(name, writer))) {
        writers.add(writer);
      }
    }
  }
  return [...writers].sort((a, b) => (a < b ? -1 : 1));
}

function writerFindings(writers: Json | undefined): readonly Finding[] {
  if (!Array.isArray(writers) || writers.length === 0) return [];
  const message = `the newest messages also come from ${writers.join(', ')}, which is no publisher of the configuration: on which bus it publishes is not known`;
  return [{ id: 'traffic.unknown-writer', status: 'warn', message }];
}

function notAll(why: string): OrionError {
  return new OrionError({
    kind: 'prerequisite',
    code: 'traffic.not-all',
    message: `Not all traffic runs on the target: ${why}.`,
    hint: 'Put that right, and type the same command again.',
    next: ['orion-bus status'],
  });
}
