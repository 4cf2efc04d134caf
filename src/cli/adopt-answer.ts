import { line } from '../report/index.js';
import { carryOutAdoption, type Host, proposeAdoption } from '../runbooks/index.js';
import type { Answer } from './answer.js';
import type { Proposal } from './confirmation.js';

/** Makes this host's journal the memory of the migration, with the modules where they are found. */
export async function adoptAnswer(
  host: Pick<Host, 'plan' | 'redis' | 'clock' | 'onWait'>,
  reason: string,
  confirmed: (proposal: Proposal) => Promise<Answer | null>,
): Promise<Answer> {
  const proposal = await proposeAdoption(host);
  const modules = Object.fromEntries(proposal.modules);
  const lines = [...proposal.modules].map(([name, side]) =>
    line(`${name} is taken to be on the ${side}, as its settings say`, { indent: 2 }),
  );
  const asked = await confirmed({
    plan: { journal: proposal.standing.journal.path, modules },
    page: [
      line(`Adopt the journal ${proposal.standing.journal.path}`, { tone: 'strong' }),
      ...lines,
    ],
    question: 'Make this journal the memory of the migration?',
    command: `orion-bus journal adopt --reason ${JSON.stringify(reason)}`,
  });
  if (asked !== null) return asked;
  await carryOutAdoption(host, proposal, reason);
  return {
    document: { ok: true, exitCode: 0, journal: proposal.standing.journal.path, modules },
    page: [line('Adopted. Soaks of modules on the target begin now.'), ...lines],
    next: ['orion-bus status'],
  };
}
