import { lookAtReaders, readersOfGroup } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { probeCapabilities, streamKey } from '../redis/index.js';
import { formatCount, formatCountOf, type Line, line } from '../report/index.js';
import { carryOutRemoval, carryOutRepair, mayChange, type Removal } from '../runbooks/index.js';
import { checkLag, type LagCheck, type LookedAtGroup, lookAtGroups } from '../steps/index.js';
import type { Answer } from './answer.js';
import type { Changer } from './changer-command.js';
import { chosenGroups, groupsOnStream } from './group-choice.js';

export interface RepairRequest {
  /** A module or a group, as typed; all where nothing was. */
  readonly name: string | undefined;
  readonly stream: string | undefined;
}

/** Mends the lag of groups for which the server keeps a false number. */
export async function repairAnswer(changer: Changer, request: RepairRequest): Promise<Answer> {
  const { host } = changer;
  await mayChange(host);
  const groups = await existingGroups(changer, request);
  const checks: LagCheck[] = [];
  for (const { stream, group } of groups) {
    checks.push(await checkLag(host.redis, { stream: streamKey(stream), group }));
  }
  const wrong = checks.filter(({ verdict }) => verdict === 'false');
  if (wrong.length === 0) {
    const many = formatCountOf(checks.length, 'group', 'groups');
    return {
      document: { ok: true, exitCode: 0, mended: 0, groups: checks },
      page: [line(`No false lag was found in ${many}; nothing was changed.`), ...unknown(checks)],
    };
  }
  const title = `Mend the lag of ${formatCountOf(wrong.length, 'group', 'groups')}`;
  const asked = await changer.confirmed({
    plan: { verb: 'groups-repair', groups: wrong },
    more: { gates: [], wouldExit: 0 },
    page: [
      line(title, { tone: 'strong' }),
      ...wrong.flatMap(falseLines),
      line('no cursor moves; only the counter is set right', { indent: 2 }),
    ],
    question: `${title}?`,
    command: changer.typed,
  });
  if (asked !== null) return asked;
  const results = await carryOutRepair(host, wrong);
  const mended = results.filter(({ verdict }) => verdict === 'mended');
  return {
    document: { ok: true, exitCode: 0, mended: mended.length, groups: results },
    page: [
      ...mended.map((each) =>
        line(`${each.group} on ${each.stream}: ${formatCount(each.counted)}, as counted`),
      ),
      ...unknown(checks),
    ],
    next: ['orion-bus lag'],
  };
}

export interface RemoveRequest {
  readonly group: string;
  readonly stream: string | undefined;
  readonly consumer: string | null;
}

/** Removes a group, or a consumer of it, that owes nothing; the journal keeps what it was. */
export async function removeAnswer(changer: Changer, request: RemoveRequest): Promise<Answer> {
  const { host, typed } = changer;
  await mayChange(host);
  const group = await oneGroup(changer, request);
  const removal = await removalOf(changer, group, request.consumer);
  const { stream } = group;
  const what =
    request.consumer === null
      ? `the group ${group.group} from ${stream}`
      : `the consumer ${request.consumer} from ${group.group} on ${stream}`;
  const asked = await changer.confirmed({
    plan: {
      verb: 'groups-remove',
      ...removal.place,
      consumer: removal.consumer,
      ...removal.archive,
    },
    more: { gates: [], wouldExit: 0 },
    page: [
      line(`Remove ${what}`, { tone: 'strong' }),
      line('it owes nothing; what it was is kept in the journal first', { indent: 2 }),
      ...ownerLines(group, request.consumer),
    ],
    question: `Remove ${what}?`,
    command: typed,
  });
  if (asked !== null) return asked;
  const answer = await carryOutRemoval(host, removal);
  if (answer !== 'REMOVED' && answer !== 'MISSING') throw changedMeanwhile(what);
  return {
    document: { ok: true, exitCode: 0, removed: answer === 'REMOVED', ...removal.place },
    page: [line(answer === 'REMOVED' ? `Removed ${what}.` : `It was gone already: ${what}.`)],
    next: ['orion-bus groups'],
  };
}

async function existingGroups(
  { host }: Changer,
  { name, stream }: RepairRequest,
): Promise<readonly LookedAtGroup[]> {
  const { plan, redis } = host;
  const capabilities = await probeCapabilities(redis, plan.streams.prefix);
  const { groups } = await lookAtGroups({ plan, redis, capabilities });
  const found = chosenGroups(groups, plan, name).filter((each) => each.found !== null);
  return groupsOnStream(found, stream);
}

/** @throws {OrionError} `groups.several` where the group is on more than one stream and none was named */
async function oneGroup(
  changer: Changer,
  { group, stream }: RemoveRequest,
): Promise<LookedAtGroup> {
  const name = group.startsWith('group:') ? group : `group:${group}`;
  const [first, ...more] = await existingGroups(changer, { name, stream });
  if (first !== undefined && more.length === 0) return first;
  const streams = [first, ...more].flatMap((each) => (each === undefined ? [] : [each.stream]));
  throw new OrionError({
    kind: 'usage',
    code: 'groups.several',
    message: `${group} is on ${streams.join(', ')}.`,
    hint: 'Nothing was changed. Say which by --stream.',
    next: streams.map((each) => `orion-bus groups remove ${group} --stream ${each}`),
  });
}

/** @throws {OrionError} kind `groups` where something is owed, or somebody reads with it */
async function removalOf(
  { host }: Changer,
  seen: LookedAtGroup,
  consumer: string | null,
): Promise<Removal> {
  const { stream, group, found, look } = seen;
  if (found === null || look === null) throw new Error('a group that exists was asked for');
  const { consumers, consumerCount } = found;
  if (consumer !== null && consumers.length === consumerCount) {
    const names = consumers.map(({ name }) => name as string);
    if (!names.includes(consumer)) throw unknownConsumer(group, stream, consumer, names);
  }
  const held = consumer === null ? found.pending : heldBy(seen, consumer);
  if (held > 0) {
    const holder = consumer === null ? group : `${consumer} in ${group}`;
    const many = formatCountOf(held, 'entry is', 'entries are');
    throw refused('groups.pending', `${many} pending with ${holder} on ${stream}.`, [
      `orion-bus pending group:${group}`,
      `orion-bus claim group:${group} --to CONSUMER`,
    ]);
  }
  if (consumer === null && !(found.lag.known && found.lag.value === 0)) {
    const lag = found.lag.known ? formatCount(found.lag.value) : 'an unknown number of';
    throw refused('groups.owed', `${group} on ${stream} has ${lag} undelivered entries.`, [
      `orion-bus lag group:${group}`,
    ]);
  }
  if (consumer === null && seen.owner !== null && seen.inUse) {
    const { module } = seen.owner;
    throw refused('groups.in-use', `${module.name} reads ${stream} with ${group}.`, [
      'orion-bus status',
    ]);
  }
  await refuseRead(host, seen, consumer);
  return {
    place: { stream: streamKey(stream), group },
    consumer,
    cursor: found.cursor,
    archive: {
      cursor: found.cursor,
      entriesRead: found.entriesRead,
      lastGeneratedId: look.lastGeneratedId,
      consumers: found.consumers.map((each) => ({ ...each })),
    },
  };
}

/** A group that is taken away under a reader makes it fail without end. */
async function refuseRead(
  { plan, redis, clock }: Changer['host'],
  { stream, group }: LookedAtGroup,
  consumer: string | null,
): Promise<void> {
  const look = await lookAtReaders(redis, { clock, allowed: plan.handoff.probe });
  const readers = readersOfGroup(look, { stream, group, database: redis.database }).filter(
    (reader) => consumer === null || reader.consumer === consumer,
  );
  const [reader] = readers;
  if (reader === undefined) return;
  const who = `${reader.consumer} (${reader.clientName ?? reader.address})`;
  throw refused('groups.read', `${who} reads ${stream} with ${group} just now.`, [
    'orion-bus groups',
  ]);
}

function heldBy({ found }: LookedAtGroup, consumer: string): number {
  const held = [...(found?.pendingByConsumer ?? [])].find(([name]) => name === consumer);
  return held?.[1] ?? 0;
}

function unknownConsumer(
  group: string,
  stream: string,
  consumer: string,
  names: readonly string[],
): OrionError {
  return new OrionError({
    kind: 'usage',
    code: 'consumer.unknown',
    message: `${group} on ${stream} has no consumer ${consumer}.`,
    hint: `Nothing was changed. There are: ${names.join(', ') || 'none'}.`,
    next: ['orion-bus groups'],
  });
}

function refused(code: string, message: string, next: readonly string[]): OrionError {
  const hint = 'Nothing was removed: only what owes nothing and is not read may go.';
  return new OrionError({ kind: 'groups', code, message, hint, next });
}

function changedMeanwhile(what: string): OrionError {
  return refused('groups.changed', `It was used again meanwhile: ${what}.`, ['orion-bus groups']);
}

function falseLines({
  group,
  stream,
  reported,
  counted,
  trimmedUnread,
}: LagCheck): readonly Line[] {
  const figures = `reported ${formatCount(reported)}, counted ${formatCount(counted)}`;
  const lost = trimmedUnread ?? 0;
  return [
    line(`${group} on ${stream}: ${figures}`, { indent: 2 }),
    ...(lost === 0
      ? []
      : [
          line(
            `${formatCountOf(lost, 'entry was', 'entries were')} trimmed before it had read them; mending wipes the trace of it, which the journal keeps`,
            { indent: 4, tone: 'bad' },
          ),
        ]),
  ];
}

function unknown(checks: readonly LagCheck[]): readonly Line[] {
  const none = checks.filter(({ verdict }) => verdict === 'unknown');
  if (none.length === 0) return [];
  const names = none.map(({ group, stream }) => `${group} on ${stream}`).join(', ');
  return [line(`The server reports no lag for ${names}: unknown, which is not false.`)];
}

/** A rollback creates a missing group anew; one that was kept warm repeats less by hand. */
function ownerLines({ owner }: LookedAtGroup, consumer: string | null): readonly Line[] {
  if (owner === null || consumer !== null) return [];
  const text = `${owner.module.name} goes back to it when it is put on the ${owner.side} again; the tool would create it anew`;
  return [line(text, { indent: 2, tone: 'warn' })];
}
