import type { GroupLook, Reader, StreamLook, Thresholds } from '../facts/index.js';
import { lagAtLeast } from '../facts/index.js';
import type { Finding } from '../problems/index.js';

/** One group that a module reads with, and what is known about who reads it. */
export interface GroupEvidence {
  readonly module: string;
  readonly type: string;
  readonly group: string;
  readonly look: StreamLook;
  /** Null where the group does not exist on the stream. */
  readonly found: GroupLook | null;
  /** Entries held for an operator. */
  readonly parked: number;
  /** How long the oldest pending entry that is not parked has been in hand, in ms; null where none is. */
  readonly oldestInHandMs: number | null;
  readonly serviceActive: boolean | null;
  /** Null where nobody could look. */
  readonly readers: readonly Reader[] | null;
  /** True where some connection to this database reads with a group at all. */
  readonly anyClientReads: boolean;
  /** True where entries wait, and neither cursor nor pending moved while a reader would have asked again. */
  readonly stands: boolean;
}

/** Neither bus ever reads its own pending again, so an entry in hand for this long is stuck. */
const STUCK_AFTER_MS = 60_000;

/** The findings on one group; the worst comes first. */
export function groupFindings(evidence: GroupEvidence, thresholds: Thresholds): readonly Finding[] {
  const id = `group.${evidence.module}.${evidence.type}`;
  const name = `${evidence.group} on ${evidence.look.stream}`;
  if (evidence.found === null) {
    return [
      {
        id,
        status: 'fail',
        message: `${evidence.module} has no group ${name}`,
        hint: 'A module that starts now would begin at 0 and repeat what the stream holds.',
      },
    ];
  }
  const findings = [
    ...backlogFindings(id, name, evidence.found, evidence.parked, thresholds),
    ...stuckFindings(id, name, evidence, evidence.found),
  ];
  if (evidence.parked > 0) findings.push(parkedFinding(id, name, evidence));
  const failsFirst = (a: Finding, b: Finding): number =>
    Number(b.status === 'fail') - Number(a.status === 'fail');
  if (findings.length > 0) return findings.sort(failsFirst);
  return [
    {
      id,
      status: 'pass',
      message: `${name}: backlog ${backlogText(evidence.found)}`,
      value: figures(evidence.found),
    },
  ];
}

/** Guide, "Key Metrics": target below 100 messages, alert above 1000. */
function backlogFindings(
  id: string,
  name: string,
  group: GroupLook,
  parked: number,
  { lag }: Thresholds,
): Finding[] {
  const backlog = lagAtLeast(group.lag) + group.pending - parked;
  const value = figures(group);
  if (backlog >= lag.alert) {
    const message = `${name}: backlog ${backlogText(group)} is at or above ${lag.alert}`;
    return [{ id: `${id}.backlog`, status: 'fail', message, value }];
  }
  if (backlog >= lag.target) {
    const message = `${name}: backlog ${backlogText(group)} is at or above ${lag.target}`;
    return [{ id: `${id}.backlog`, status: 'warn', message, value }];
  }
  return [];
}

function stuckFindings(
  id: string,
  name: string,
  evidence: GroupEvidence,
  group: GroupLook,
): Finding[] {
  const owed = lagAtLeast(group.lag) + group.pending - evidence.parked;
  const hint = `orion-bus pending ${evidence.module}, then groups settle ${evidence.module}`;
  const fail = (message: string): Finding[] => [
    { id: `${id}.stuck`, status: 'fail', message, hint, value: figures(group) },
  ];
  if (owed === 0) return [];
  if (evidence.serviceActive === false) {
    return fail(`${name}: ${owed} messages wait, but the service of ${evidence.module} is down`);
  }
  const inHandMs = evidence.oldestInHandMs ?? 0;
  if (inHandMs >= STUCK_AFTER_MS) {
    return fail(`${name}: an entry has been in hand for ${Math.round(inHandMs / 1_000)} s`);
  }
  const nobody = evidence.readers !== null && evidence.readers.length === 0;
  if (nobody && !evidence.anyClientReads && evidence.stands) {
    return fail(`${name}: ${owed} messages wait, and nobody reads`);
  }
  return [];
}

function parkedFinding(id: string, name: string, { parked, module }: GroupEvidence): Finding {
  return {
    id: `${id}.parked`,
    status: 'fail',
    message: `${name}: ${parked} parked messages wait for an operator`,
    hint: `orion-bus pending ${module}, then claim --exec or ack --reason`,
    value: parked,
  };
}

function backlogText(group: GroupLook): string {
  const sum = lagAtLeast(group.lag) + group.pending;
  return group.lag.known ? String(sum) : `at least ${sum}`;
}

function figures(group: GroupLook): Record<string, number | string | null> {
  return {
    lag: group.lag.known ? group.lag.value : null,
    lagAtLeast: lagAtLeast(group.lag),
    pending: group.pending,
    cursor: group.cursor,
    oldestPendingId: group.oldestPendingId,
  };
}
