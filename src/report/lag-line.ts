import type { FollowedGroup } from '../steps/index.js';
import { formatCount } from './format.js';
import { lagText } from './lag-report.js';
import { printable } from './printable.js';

/**
 * All groups at one instant, on one line of a log: what is owed in all, then each group that has a
 * fault, the worst backlog first. Without a fault the line says so.
 * @param at ISO 8601, by Redis's clock
 */
export function lagLine(at: string, groups: readonly FollowedGroup[]): string {
  const used = groups.filter(({ inUse }) => inUse);
  const sum = (figure: (group: FollowedGroup) => number): number =>
    used.reduce((total, group) => total + figure(group), 0);
  const lag = lagText({
    lag: used.some(({ figures }) => figures.lag === null) ? null : sum(lagOf),
    lagAtLeast: sum(lagOf),
  });
  const faults = used
    .filter(({ figures }) => figures.state !== 'ok')
    .sort((a, b) => backlogOf(b) - backlogOf(a))
    .map(faultText);
  return printable(
    `${at}  groups ${used.length}  lag ${lag}  pending ${formatCount(sum(pendingOf))}  ${
      faults.length === 0 ? 'ok' : faults.join('; ')
    }`,
  );
}

const lagOf = ({ figures }: FollowedGroup): number => figures.lagAtLeast ?? 0;
const pendingOf = ({ figures }: FollowedGroup): number => figures.pending;
const backlogOf = (group: FollowedGroup): number => lagOf(group) + pendingOf(group);

function faultText({ figures }: FollowedGroup): string {
  const { state, group, stream, pending } = figures;
  if (state === 'missing') return `MISSING ${group} on ${stream}`;
  return `${state.toUpperCase()} ${group} on ${stream} (lag ${lagText(figures)}, pending ${formatCount(pending)})`;
}
