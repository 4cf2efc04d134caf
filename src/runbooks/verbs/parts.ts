import type { OpenRun } from '../../checks/index.js';
import {
  type ModulePlan,
  otherSide,
  type Plan,
  type PublisherPlan,
  type SideName,
  settingsSide,
} from '../../facts/index.js';
import { OrionError } from '../../problems/index.js';
import type { MoveOptions, Part, PublishingEdit } from '../../steps/index.js';
import { unfinishedMemory } from './earlier-runs.js';
import type { Host } from './host.js';
import { knownModule } from './legality.js';
import { boundSteps, type Move, type MovePlan, planMove } from './move.js';
import { type PartOf, proposeRollback, startedOf } from './rollback.js';
import { readStanding, type Standing } from './standing.js';

/*
 * The share of one service in a run about the whole migration: a run of its own, within that one, with
 * one pause. What a service has to change on the way it changes in that pause:
 *
 *   a module on the target   its groups by exact handoff, and where it publishes to
 *   a publishing module      where it publishes to; what it had in hand at the stop is settled
 *   a publisher alone        where it publishes to; it reads nothing, so nothing has to be settled
 */

export type PartProposal =
  | { readonly kind: 'nothing'; readonly because: string }
  /** Its change is code and no setting: an operator makes it. */
  | { readonly kind: 'by-hand'; readonly publisher: string }
  | { readonly kind: 'move'; readonly move: Move; readonly plan: MovePlan };

export interface PartRequest {
  readonly part: Part;
  readonly within: string;
  readonly options: MoveOptions;
  readonly commands: Move['commands'];
}

/** Looks at one service and plans its part; changes nothing. */
export async function proposePart(host: Host, request: PartRequest): Promise<PartProposal> {
  const { part } = request;
  if (part.kind === 'publisher') return publisherPart(host, request, part);
  const module = knownModule(host.plan, part.module);
  const publisher = publisherOf(host.plan, module);
  const proposal = await proposeRollback(host, {
    module: module.name,
    among: host.plan.modules.map(({ name }) => name),
    side: null,
    options: request.options,
    part: partOf(request, publisher === null ? null : editOf(publisher, 'source')),
  });
  if (proposal.kind === 'move') return proposal;
  if (publisher === null) return { kind: 'nothing', because: proposal.because };
  return publisherPart(host, request, { publisher: publisher.name, side: 'source' });
}

async function publisherPart(
  host: Host,
  request: PartRequest,
  { publisher: name, side }: { readonly publisher: string; readonly side: SideName },
): Promise<PartProposal> {
  const publisher = knownPublisher(host.plan, name);
  if (publisher.settings.length === 0) return { kind: 'by-hand', publisher: name };
  const standing = await readStanding(host, 'part');
  const reader = host.plan.modules.find((module) => isSameService(module, publisher)) ?? null;
  const service = reader ?? publisherAlone(publisher);
  const open = standing.history.openRun;
  const mine = open?.module === service.name ? open : null;
  const look = await settingsSide(publisher.settings);
  const stranded = standing.history.modules.get(service.name)?.stranded === true;
  if (look.side === side && mine === null && !stranded) {
    return { kind: 'nothing', because: `it publishes to the ${side} already` };
  }
  const move = await publishMove(host, request, { standing, publisher, reader, mine, side });
  return { kind: 'move', move, plan: await planMove(host, move, standing, []) };
}

async function publishMove(
  host: Host,
  request: PartRequest,
  about: {
    readonly standing: Standing;
    readonly publisher: PublisherPlan;
    readonly reader: ModulePlan | null;
    readonly mine: OpenRun | null;
    readonly side: SideName;
  },
): Promise<Move> {
  const { standing, publisher, reader, mine, side } = about;
  const { records } = standing.journal;
  const module = reader ?? publisherAlone(publisher);
  const reads = reader === null ? 'source' : sideOf(standing, reader);
  const bound = await boundSteps(host, module, reads, reader === null ? ALONE : READING);
  const resumes =
    mine !== null && isSame(host, standing, mine, bound.runbook.id, side) ? mine.run : null;
  return {
    verb: 'publish',
    module,
    giving: reads,
    receiving: reads,
    ...partOf(request, editOf(publisher, side)),
    options: request.options,
    handedOver: false,
    // Going back means to give back what was moved, to edit back, and to start.
    handedOverInUndo: true,
    ...bound,
    undo:
      reader === null
        ? { ...bound, steps: bound.steps.filter(({ kind }) => WAY_BACK.includes(kind)) }
        : await boundSteps(host, module, reads, 'rollback-phase2'),
    resumes,
    supersedes: resumes === null ? (mine?.run ?? null) : null,
    plannedAt: records.length,
    undoing: unfinishedMemory(records, module.name, resumes),
  };
}

const READING = 'publishing-module';
const ALONE = 'publisher';
const WAY_BACK = ['edit-settings', 'start'];

/** Whether an open part is this very one, by the steps it would go on with now. */
function isSame(
  { runbooks }: Host,
  { journal }: Standing,
  open: OpenRun,
  runbook: string,
  side: SideName,
): boolean {
  const data = startedOf(journal.records, open)?.data;
  const publishes = data?.['publishes'];
  const to = typeof publishes === 'object' && publishes !== null ? publishes : {};
  return (
    open.verb === 'publish' &&
    data?.['fingerprint'] === runbooks.get(runbook)?.fingerprint &&
    'to' in to &&
    to['to'] === side
  );
}

function partOf({ within, commands }: PartRequest, publishes: PublishingEdit | null): PartOf {
  return { within, publishes, commands };
}

function editOf({ settings }: PublisherPlan, to: SideName): PublishingEdit {
  return { settings, from: otherSide(to), to };
}

function publisherOf({ publishers }: Plan, module: ModulePlan): PublisherPlan | null {
  const found = publishers.find((publisher) => isSameService(module, publisher));
  return found === undefined || found.settings.length === 0 ? null : found;
}

function isSameService(
  one: { readonly service: string },
  other: { readonly service: string },
): boolean {
  return unitOf(one.service) === unitOf(other.service);
}

const unitOf = (service: string): string => service.replace(/\.service$/, '');

/** A publisher that reads nothing, as its pause sees it: a service without groups. */
function publisherAlone({ name, service }: PublisherPlan): ModulePlan {
  return {
    name: `${name} (publisher)`,
    risk: 'low',
    service,
    log: null,
    settings: [],
    tests: null,
    subscribes: [],
    groups: { source: '', target: '', byType: {} },
  };
}

function sideOf(standing: Standing, { name }: ModulePlan): SideName {
  const side = standing.modules.get(name)?.settings.side;
  if (side === 'source' || side === 'target') return side;
  throw new OrionError({
    kind: 'prerequisite',
    code: 'side.unknown',
    message: `The settings of ${name} do not tell with which groups it reads.`,
    hint: 'It was not touched.',
    next: ['orion-bus status', `orion-bus rollback --phase 2 --module ${name}`],
  });
}

function knownPublisher({ publishers }: Plan, name: string): PublisherPlan {
  const found = publishers.find((publisher) => publisher.name === name);
  if (found !== undefined) return found;
  throw new OrionError({
    kind: 'usage',
    code: 'publisher.unknown',
    message: `There is no publisher ${name}.`,
    hint: `Nothing was changed. Publishers are: ${publishers.map((each) => each.name).join(', ') || 'none'}.`,
  });
}
