import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { openRun } from '../../src/journal/index.js';
import { fieldsOf, listOf, textOf } from '../../src/redis/index.js';
import { announcedByModule } from '../../src/runbooks/index.js';
import { until } from '../support/until.js';
import { PAST_PHASE1 } from './tool.js';
import { openYard, type Yard } from './yard.js';

/*
 * The tool is ended after its n-th effect (end-after.mjs), in the middle of live traffic; then it is
 * run again, and where that came to is held against where an unbroken run comes to.
 *
 * On one yard rounds follow each other: a migration and a rollback in turn, each ended at some point.
 */

export type Verb = 'migrate' | 'rollback';

/** What an ended run is followed by: the same command, or the way back of a migration. */
export type Next = 'again' | 'back';

export interface Effect {
  readonly at: number;
  readonly kind: string;
  readonly what: string;
}

export interface Round {
  readonly verb: Verb;
  readonly endAfter: number;
  readonly next: Next;
}

export interface RoundResult extends Round {
  /** False for a run that was over before it had so many effects. */
  readonly ended: boolean;
  /** How often a command was run until it answered 0. */
  readonly runs: number;
  readonly announced: number;
  readonly repeated: number;
  /** What is not as after an unbroken run; empty when all is well. */
  readonly wrong: readonly string[];
}

const COMMANDS: Readonly<Record<Verb, readonly string[]>> = {
  migrate: ['migrate', 'commander', '--yes', ...PAST_PHASE1],
  rollback: ['rollback', '--phase', '2', '--module', 'commander', '--yes'],
};
const TRAFFIC = { decision: 60, approval_decision: 30 };
const MOST_RUNS = 4;
const PRELOAD = fileURLToPath(new URL('./end-after.mjs', import.meta.url));

export class KillRounds {
  readonly #yard: Yard;
  #repeated = 0;
  #announced = 0;

  private constructor(yard: Yard) {
    this.#yard = yard;
  }

  /** Opens a yard with commander on the source, under traffic. */
  static async open(packageRoot: string): Promise<KillRounds> {
    const yard = await openYard(packageRoot, { modules: ['commander'], handlingMs: 4 });
    await yard.start('commander');
    yard.feeder.start(TRAFFIC);
    return new KillRounds(yard);
  }

  /** Carries a verb out without an end, and says what its effects are. */
  async effectsOf(verb: Verb): Promise<readonly Effect[]> {
    const directory = await mkdtemp(join(tmpdir(), 'orion-effects-'));
    try {
      const file = join(directory, 'effects');
      const { exitCode, said } = await this.#run(COMMANDS[verb], { EFFECTS: file });
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      const wrong = await this.#look(verb === 'migrate' ? 'target' : 'source');
      if (exitCode !== 0 || wrong.length > 0) throw new Error(`${said}\n${wrong.join('\n')}`);
      return lines.map((line) => {
        const [at = '', kind = '', what = ''] = line.split('\t');
        return { at: Number(at), kind, what };
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** The module must be on the side that the verb moves it from. */
  async round(round: Round): Promise<RoundResult> {
    const { verb, endAfter } = round;
    const first = await this.#run(COMMANDS[verb], { END_AFTER: String(endAfter) });
    const ended = first.exitCode === null;
    const back = verb === 'rollback' || round.next === 'back';
    const following = COMMANDS[back ? 'rollback' : 'migrate'];
    const wrong: string[] = [];
    let runs = 0;
    let last = first;
    while ((runs === 0 || last.exitCode !== 0) && runs < MOST_RUNS) {
      last = await this.#run(following, {});
      runs += 1;
    }
    if (last.exitCode !== 0) wrong.push(`${following[0]} answers ${last.exitCode}: ${last.said}`);
    const before = { repeated: this.#repeated, announced: this.#announced };
    wrong.push(...(await this.#look(back ? 'source' : 'target')));
    return {
      ...round,
      ended,
      runs,
      announced: this.#announced - before.announced,
      repeated: this.#repeated - before.repeated,
      wrong,
    };
  }

  /** Brings the module to a side without an end, where a round has left it on the other one. */
  async bringTo(side: 'source' | 'target'): Promise<void> {
    const { host } = this.#yard;
    if (host.groupOf('commander', 'decision').endsWith('-go') === (side === 'target')) return;
    const verb = side === 'target' ? 'migrate' : 'rollback';
    const { exitCode, said } = await this.#run(COMMANDS[verb], {});
    if (exitCode !== 0) throw new Error(said);
  }

  end(): Promise<void> {
    return this.#yard.end();
  }

  async #run(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<{ exitCode: number | null; said: string }> {
    const preload = Object.keys(env).length === 0 ? [] : ['--import', PRELOAD];
    const tool = join(this.#yard.packageRoot, 'bin', 'run.js');
    const result = await execa(process.execPath, [...preload, tool, ...args], {
      cwd: this.#yard.host.paths.directory,
      env: { ...this.#yard.env, ...env },
      reject: false,
      stdin: 'ignore',
      timeout: 120_000,
    });
    return { exitCode: result.exitCode ?? null, said: `${result.stdout}\n${result.stderr}` };
  }

  /**
   * A tool that is killed before its run began, or behind its end, leaves its lease, and the next command
   * finds nothing to do and takes none: then it runs out by itself, within its 15 s.
   */
  async #isLeaseFree(): Promise<boolean> {
    const { redis } = this.#yard.host;
    const free = async (): Promise<boolean> =>
      (await redis.command('EXISTS', 'orion:orion-bus:lease')) === 0;
    return until(free).then(
      () => true,
      () => false,
    );
  }

  /** Lets the module finish, and says what is not as it must be on that side. */
  async #look(side: 'source' | 'target'): Promise<readonly string[]> {
    const { host, feeder } = this.#yard;
    const wrong: string[] = [];
    const expect = (holds: boolean, what: string): void => {
      if (!holds) wrong.push(what);
    };
    expect(host.units.active('orion-commander') !== null, 'the module does not run');
    expect(!host.units.held('orion-commander'), 'the module is held');
    await this.#yard.settled('commander');
    const groups = await this.#groups();
    for (const { stream, source, target, reads } of groups) {
      const [active, passive] = side === 'source' ? [source, target] : [target, source];
      expect(reads === active?.name, `settings name ${reads} on ${stream}, not ${active?.name}`);
      expect(active?.pending === 0, `${active?.pending} pending in ${active?.name}`);
      // Before the first turn there may be no group on the side that was never read.
      expect((passive?.pending ?? 0) === 0, `${passive?.pending} pending in ${passive?.name}`);
    }
    expect(await this.#isLeaseFree(), 'the lease is held, and does not run out');
    const journal = await this.#yard.journal();
    expect(openRun(journal) === null, 'a run is open');
    const verified = await this.#run(['journal', 'verify'], {});
    expect(verified.exitCode === 0, `the journal is not sound: ${verified.said}`);
    // As many as there are: the excess is held against what was announced, round by round.
    const audits = await host.audit(new Map([['commander', Number.MAX_SAFE_INTEGER]]));
    const audit = audits.find(({ module }) => module === 'commander');
    const { lost = -1, twice = -1, owed = -1, repeated = 0 } = audit ?? {};
    expect(lost === 0, `${lost} lost`);
    expect(twice === 0, `${twice} twice`);
    expect(owed === 0, `${owed} owed`);
    const announced = announcedByModule(journal).get('commander') ?? 0;
    const [more, allowed] = [repeated - this.#repeated, announced - this.#announced];
    expect(more <= allowed, `${more} repeated, ${allowed} announced`);
    this.#repeated = repeated;
    this.#announced = announced;
    // Every migration is a first one, so that its effects are the same each time.
    if (side === 'source') await this.#forgetTarget(groups);
    feeder.start(TRAFFIC);
    return wrong;
  }

  async #forgetTarget(groups: readonly StreamGroups[]): Promise<void> {
    for (const { stream, target } of groups) {
      if (target !== null) {
        await this.#yard.host.redis.command('XGROUP', 'DESTROY', stream, target.name);
      }
    }
  }

  async #groups(): Promise<readonly StreamGroups[]> {
    const { host } = this.#yard;
    const reads = host.modules.find(({ name }) => name === 'commander')?.reads ?? [];
    return Promise.all(
      reads.map(async ({ type, source, target }) => {
        const stream = `orion:${type}s`;
        const found = listOf(await host.redis.command('XINFO', 'GROUPS', stream)).map(fieldsOf);
        const named = (name: string): GroupNow | null => {
          const group = found.find((fields) => textOf(fields.get('name')) === name);
          return group === undefined ? null : { name, pending: Number(group.get('pending')) };
        };
        const now = host.groupOf('commander', type);
        return { stream, reads: now, source: named(source), target: named(target) };
      }),
    );
  }
}

interface StreamGroups {
  readonly stream: string;
  /** The group that the settings name. */
  readonly reads: string;
  readonly source: GroupNow | null;
  readonly target: GroupNow | null;
}

interface GroupNow {
  readonly name: string;
  readonly pending: number;
}
