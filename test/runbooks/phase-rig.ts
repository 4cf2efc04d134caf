import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportForArchive } from '../../src/cli/report-texts.js';
import { loadContracts } from '../../src/contracts/index.js';
import type { Plan, PublisherPlan } from '../../src/facts/index.js';
import { Journal } from '../../src/journal/index.js';
import { systemClock } from '../../src/problems/index.js';
import {
  carryOutPhase,
  type Host,
  historyOf,
  type PhaseProposal,
  type PhaseRequest,
  type PhaseResult,
  proposePhase,
} from '../../src/runbooks/index.js';
import type { Services } from '../../src/services/index.js';
import { NO_OPTIONS, SOURCE, TARGET, World } from '../steps/step-rig.js';
import { fileServices } from '../support/file-services.js';
import type { TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { hostOf } from './verb-rig.js';

/*
 * The whole migration on a world: memory reads and publishes as one service, edge only publishes, hand
 * has no settings, and the two buses are services. A service is active while its file is there.
 */

export class PhaseWorld {
  readonly world: World;
  readonly #more: Partial<Plan>;
  #publishing = true;
  #life: Promise<void> = Promise.resolve();

  private constructor(world: World, more: Partial<Plan>) {
    this.world = world;
    this.#more = more;
  }

  /** Memory reads on a side, the source bus runs, everybody publishes to the source. */
  static async on(
    server: TestRedis,
    { side = TARGET, more = {} }: { side?: string; more?: Partial<Plan> } = {},
  ): Promise<PhaseWorld> {
    const world = await World.on(server);
    const here = new PhaseWorld(world, more);
    await world.fill(10, { groups: [SOURCE, TARGET], type: TYPE });
    await world.handle(SOURCE, 10, { type: TYPE });
    await world.handle(TARGET, 10, { type: TYPE });
    await world.point(side);
    for (const name of ['memory', 'edge']) {
      await writeFile(here.#publishFile(name), 'BUS=python\n');
    }
    await mkdir(join(world.directory, 'units'));
    for (const service of SERVICES) await here.install(service);
    for (const service of ['orion-memory', 'orion-edge', 'bus-source']) await here.up(service);
    await world.reader({ type: TYPE });
    here.#life = here.#publish();
    // From here on memory is a reader that can be seen, as one that has run for long.
    await until(async () => (await world.group(side, TYPE))?.cursor !== '10-0');
    return here;
  }

  get plan(): Plan {
    const { plan } = this.world;
    const publisher = (name: string): PublisherPlan => ({
      name,
      service: `orion-${name}`,
      settings: [
        {
          ...{ file: this.#publishFile(name), format: 'env', key: 'BUS' },
          ...{ source: 'python', target: 'go', type: null },
        },
      ],
      publishesAs: `orion-${name}`,
    });
    return {
      ...plan,
      source: { ...plan.source, service: 'bus-source' },
      target: { ...plan.target, service: 'bus-target' },
      publishers: [publisher('memory'), publisher('edge')],
      handoff: { ...plan.handoff, flowWaitMs: 2_000 },
      ...this.#more,
    };
  }

  host(more: Partial<Host> = {}): Host {
    const files = fileServices(this.world.directory);
    const services: Services = {
      ...files,
      // A service is stopped when its process is gone, which comes after the signal.
      stop: async (service) => {
        await files.stop(service);
        if (service === 'orion-memory') await until(() => !this.world.isConnected);
      },
    };
    const contracts = (): typeof CONTRACTS => CONTRACTS;
    return hostOf(this.world, { plan: this.plan, services, contracts, ...more });
  }

  async propose(
    verb: PhaseRequest['verb'],
    { done = [] as readonly string[], overrides = OVERRIDES, more = {} as Partial<Host> } = {},
  ): Promise<PhaseProposal> {
    return proposePhase(this.host(more), {
      verb,
      options: { ...NO_OPTIONS, overrides },
      doneByHand: new Set(done),
      baseline: async () => ({ stored: true }),
      report: reportForArchive(this),
    });
  }

  /** Carries a verb out as one process. */
  async do(
    verb: PhaseRequest['verb'],
    options: Parameters<PhaseWorld['propose']>[1] = {},
  ): Promise<PhaseResult> {
    const proposal = await this.propose(verb, options);
    if (proposal.kind !== 'run') throw new Error(`${verb}: ${proposal.kind}`);
    if (proposal.refusal !== null) throw proposal.refusal;
    return carryOutPhase(this.host(options.more), proposal.run, {
      takeOver: 'none',
      tolerant: verb.startsWith('rollback'),
      unstored: () => undefined,
    });
  }

  // ---- what it came to

  is(service: string, what: 'up' | 'held' | 'enabled' | 'broken' = 'up'): boolean {
    return existsSync(join(this.world.directory, `${service}.${what}`));
  }

  async up(service: string): Promise<void> {
    await writeFile(join(this.world.directory, `${service}.up`), '');
  }

  async install(service: string): Promise<void> {
    await writeFile(join(this.world.directory, 'units', `${service}.service`), `[Unit] ${service}`);
  }

  /** Whether a service cannot be started. */
  async break(service: string, so = true): Promise<void> {
    const file = join(this.world.directory, `${service}.broken`);
    if (so) await writeFile(file, '');
    else await rm(file);
  }

  async publishesTo(name: string): Promise<string> {
    return /BUS=(.*)/.exec(await readFile(this.#publishFile(name), 'utf8'))?.[1] ?? '';
  }

  /** Everything that two ways to the same end must have in common. */
  async end(): Promise<object> {
    const journal = await Journal.read(this.plan.stateDir);
    const { phases, openRun, openPart, modules } = historyOf(journal.records, { halt: null });
    const { burnInSinceMs, ...progress } = phases;
    const lost = await this.world.group(await this.world.pointsTo(), TYPE);
    return {
      phases: progress,
      burnIn: burnInSinceMs !== null,
      open: [openRun, openPart],
      memory: modules.get('memory')?.stranded ?? false,
      services: SERVICES.map((name) => [name, this.is(name), this.is(name, 'held')]),
      settings: [
        await this.world.pointsTo(),
        await this.publishesTo('memory'),
        await this.publishesTo('edge'),
      ],
      // Whoever reads now is never far behind.
      pending: (lost?.pending ?? []).filter((row) => row.includes('orion-bus')),
    };
  }

  async close(): Promise<void> {
    this.#publishing = false;
    await this.#life;
    await this.world.end();
  }

  #publishFile(name: string): string {
    return join(this.world.directory, `${name}.publish.env`);
  }

  async #publish(): Promise<void> {
    while (this.#publishing) {
      for (const source of ['orion-memory', 'orion-edge', 'orion-hand']) {
        if (source !== 'orion-hand' && !this.is(source)) continue;
        await this.world.redis.command(
          ...['XADD', this.world.stream(TYPE), '*', 'data', JSON.stringify({ source })],
        );
      }
      await systemClock.sleep(20);
    }
  }
}

const SERVICES = ['orion-memory', 'orion-edge', 'bus-source', 'bus-target'];

const CONTRACTS = loadContracts({
  directory: fileURLToPath(new URL('../../contracts', import.meta.url)),
});

/** A type without a contract, so that any message will do. */
export const TYPE = 'note';

const OVERRIDES: ReadonlyMap<string, string> = new Map([
  ['phase2', 'a test'],
  ['burn-in', 'a test'],
]);
