import { openRun } from '../../journal/index.js';
import { OrionError } from '../../problems/index.js';
import type { MoveOptions } from '../../steps/index.js';
import { unfinishedMemory } from './earlier-runs.js';
import type { Host } from './host.js';
import { knownModule, openRunInTheWay } from './legality.js';
import { boundSteps, type Move, type MovePlan, planMove } from './move.js';
import { readStanding } from './standing.js';

/**
 * Plans a settle: the module hands over to itself, so that what a dead process left pending is
 * delivered again, or parked where that would repeat finished work. Changes nothing.
 * @throws {OrionError} where another run is open, or the settings do not tell the active side
 */
export async function proposeSettle(
  host: Host,
  name: string,
  options: MoveOptions,
): Promise<{ readonly move: Move; readonly plan: MovePlan }> {
  const module = knownModule(host.plan, name);
  const standing = await readStanding(host);
  const open = standing.history.openRun;
  const mine = open !== null && open.verb === 'settle' && open.module === name;
  if (open !== null && !mine) throw openRunInTheWay(open);
  if (standing.journalProblem !== null) throw standing.journalProblem;
  const side = standing.modules.get(name)?.settings.side;
  if (side !== 'source' && side !== 'target') {
    throw new OrionError({
      kind: 'prerequisite',
      code: 'side.unknown',
      message: `The settings of ${name} do not tell on which side it is.`,
      hint: 'Nothing was changed.',
      next: ['orion-bus status'],
    });
  }
  const resumes = mine ? (openRun(standing.journal.records)?.run ?? null) : null;
  const move: Move = {
    verb: 'settle',
    module,
    giving: side,
    receiving: side,
    options,
    handedOver: false,
    // Going back from a settle means to give back what was moved, and to start.
    publishes: null,
    within: null,
    handedOverInUndo: true,
    ...(await boundSteps(host, module, side, 'settle')),
    undo: await boundSteps(host, module, side, 'rollback-phase2'),
    resumes,
    supersedes: null,
    plannedAt: standing.journal.records.length,
    undoing: unfinishedMemory(standing.journal.records, name, resumes),
    commands: {
      again: `orion-bus groups settle ${name}`,
      back: `orion-bus rollback --phase 2 --module ${name}`,
    },
  };
  return { move, plan: await planMove(host, move, standing, []) };
}
