import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PhaseResult } from '../../src/runbooks/index.js';
import { runCommand } from '../../src/services/index.js';
import { SOURCE, TARGET } from '../steps/step-rig.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { PhaseWorld, TYPE } from './phase-rig.js';
import { killedAt } from './verb-rig.js';

/* Runs about the whole migration, on real streams and stand-in services. */

let server: TestRedis;
let here: PhaseWorld;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
afterEach(() => here.close());

describe('a cutover', () => {
  it('moves each publisher once, stops the source bus, and begins the burn-in', async () => {
    here = await PhaseWorld.on(server);
    const { run, parts } = await here.do('phase3-cutover');
    expect(run).toMatchObject({ exitCode: 0, outcome: 'done', open: false, error: null });
    expect(parts.map(({ module, verb }) => [module, verb])).toEqual([
      ['memory', 'publish'],
      ['edge (publisher)', 'publish'],
    ]);
    expect(await here.end()).toMatchObject({
      phases: { cutover: 'done', goingBack: null },
      burnIn: true,
      open: [null, null],
      services: [
        ['orion-memory', true, false],
        ['orion-edge', true, false],
        ['bus-source', false, false],
        ['bus-target', false, false],
      ],
      settings: [TARGET, 'go', 'go'],
    });
    expect(await here.propose('phase3-cutover')).toMatchObject({ kind: 'already', phase: 'P3✓' });
  });
});

describe('a rollback of phase 3', () => {
  it('puts each service back once and takes the target bus down', async () => {
    here = await PhaseWorld.on(server);
    await here.do('phase3-cutover');
    await here.up('bus-target');
    const { run, parts } = await here.do('rollback-phase3');
    expect(run).toMatchObject({ exitCode: 0, outcome: 'done', open: false, error: null });
    expect(parts.map(({ module, verb }) => [module, verb])).toEqual([
      ['memory', 'rollback'],
      ['edge (publisher)', 'publish'],
    ]);
    expect(await here.end()).toMatchObject({
      phases: { phase1: 'none', cutover: 'none', goingBack: null },
      services: [
        ['orion-memory', true, false],
        ['orion-edge', true, false],
        ['bus-source', true, false],
        ['bus-target', false, false],
      ],
      settings: [SOURCE, 'python', 'python'],
    });
    expect(await here.propose('rollback-phase3')).toMatchObject({ kind: 'nothing', phase: 'P0' });
  });
});

describe('a rollback that cannot do all of it', () => {
  it('does the rest, names what is left, and goes on with that alone', async () => {
    here = await PhaseWorld.on(server);
    await here.do('phase3-cutover');
    await here.up('bus-target');
    await here.break('orion-memory');
    const first = await here.do('rollback-phase3');
    expect(first.run).toMatchObject({ exitCode: 1, open: true });
    expect(failedSteps(first)).toEqual(['module-back[memory]', 'validate']);
    expect(await here.publishesTo('edge')).toBe('python');
    expect(here.is('bus-source')).toBe(true);
    // Narrower rollbacks and forward verbs name the run that is open.
    await expect(here.propose('rollback-phase2')).rejects.toMatchObject({
      ...{ code: 'run.open', exitCode: 1, next: ['orion-bus rollback --phase 3'] },
    });
    await expect(here.propose('phase3-cutover')).rejects.toMatchObject({ code: 'run.open' });
    await here.break('orion-memory', false);
    // Phases 1 and 3 take everything back, so either goes on with the other.
    const second = await here.do('rollback-phase1');
    expect(second.run).toMatchObject({ run: first.run.run, exitCode: 0, open: false });
    expect(second.parts.map(({ module }) => module)).toEqual(['memory']);
    expect(await here.end()).toMatchObject({
      phases: { goingBack: null },
      settings: [SOURCE, 'python', 'python'],
    });
  });

  it('leaves the target bus up while something still uses it', async () => {
    here = await PhaseWorld.on(server);
    await here.do('phase3-cutover');
    await here.up('bus-target');
    await here.world.point('somewhere-else');
    const { run } = await here.do('rollback-phase3');
    expect(run).toMatchObject({ exitCode: 1, open: true });
    expect(here.is('bus-target')).toBe(true);
    expect(await here.publishesTo('edge')).toBe('python');
  });
});

describe('a cutover that cannot do all of it', () => {
  it('puts the publisher back that failed, stays open, and goes on', async () => {
    here = await PhaseWorld.on(server);
    await here.break('orion-edge');
    const { run, parts } = await here.do('phase3-cutover');
    expect(run).toMatchObject({ exitCode: 1, open: true });
    expect(parts.map(({ run: part }) => [part.exitCode, part.undo])).toEqual([
      [0, 'none'],
      [1, 'failed'],
    ]);
    expect(await here.publishesTo('edge')).toBe('python');
    expect(here.is('bus-source')).toBe(true);
    await expect(here.propose('phase3-finalize')).rejects.toMatchObject({ code: 'run.open' });
    await here.break('orion-edge', false);
    const again = await here.do('phase3-cutover');
    expect(again.run).toMatchObject({ run: run.run, exitCode: 0, open: false });
    expect(await here.end()).toMatchObject({ settings: [TARGET, 'go', 'go'] });
    expect(here.is('orion-edge')).toBe(true);
  });

  it('waits for a change by hand, until the operator says that it is made', async () => {
    const byHand = { name: 'hand', service: 'orion-hand', settings: [], publishesAs: 'orion-hand' };
    here = await PhaseWorld.on(server, { more: { publishers: [byHand] } });
    const first = await here.do('phase3-cutover');
    expect(first.run).toMatchObject({ exitCode: 1, open: true });
    expect(first.run.error).toMatchObject({
      code: 'publisher.by-hand',
      next: ['orion-bus phase3 cutover --done hand'],
    });
    const { run } = await here.do('phase3-cutover', { done: ['hand'] });
    expect(run).toMatchObject({ run: first.run.run, exitCode: 0 });
    expect(run.steps.find(({ id }) => id === 'publisher[hand]')?.data).toMatchObject({
      byHand: true,
      fresh: { verdict: 'pass' },
    });
  });

  it('says so where no fresh message of a publisher is seen', async () => {
    const silent = { publishesAs: 'orion-silent' };
    here = await PhaseWorld.on(server);
    const publishers = here.plan.publishers.map((each) => ({ ...each, ...silent }));
    const { run } = await here.do('phase3-cutover', {
      more: {
        plan: { ...here.plan, publishers, handoff: { ...here.plan.handoff, flowWaitMs: 200 } },
      },
    });
    expect(run.exitCode).toBe(0);
    expect(run.steps.find(({ id }) => id === 'publisher[edge]')).toMatchObject({
      data: { fresh: { verdict: 'inconclusive' } },
      findings: [{ id: 'publisher.no-message', status: 'warn' }],
    });
  });
});

describe('phase 1', () => {
  it('starts the target bus from its unit file, and is taken back with it', async () => {
    here = await PhaseWorld.on(server, { side: SOURCE });
    const unit = join(here.world.directory, 'target.unit');
    await writeFile(unit, '[Unit]\n');
    await rm(join(here.world.directory, 'units/bus-target.service'));
    const plan = { ...here.plan, target: { ...here.plan.target, unit } };
    const { run } = await here.do('phase1-start', { more: { plan } });
    expect(run).toMatchObject({ exitCode: 0, outcome: 'done' });
    expect([here.is('bus-target'), here.is('bus-target', 'enabled')]).toEqual([true, true]);
    expect(await here.propose('phase1-start', { more: { plan } })).toMatchObject({
      kind: 'already',
    });
    const back = await here.do('rollback-phase1', { more: { plan } });
    expect(back.run).toMatchObject({ exitCode: 0, open: false });
    expect([here.is('bus-target'), here.is('bus-target', 'enabled')]).toEqual([false, false]);
    expect(existsSync(join(here.world.directory, 'units/bus-target.service'))).toBe(false);
    expect(await here.end()).toMatchObject({ phases: { phase1: 'none', goingBack: null } });
  });

  it('is refused by a build that fails, with nothing changed', async () => {
    here = await PhaseWorld.on(server, { side: SOURCE });
    const build = { command: ['sh', '-c', 'echo no compiler; exit 2'], cwd: null, env: {} };
    const plan = { ...here.plan, target: { ...here.plan.target, build } };
    const { run } = await here.do('phase1-start', { more: { plan } });
    expect(run).toMatchObject({ exitCode: 1, undo: 'none', open: false });
    expect(run.error).toMatchObject({ code: 'gate.checklist' });
    expect(run.error?.message).toContain('target.build');
    expect(here.is('bus-target')).toBe(false);
  });

  it('is taken back where somebody already reads with a target group', async () => {
    here = await PhaseWorld.on(server, { side: SOURCE });
    const stop = await here.world.reader({ group: TARGET, consumer: 'forgotten', type: TYPE });
    await until(async () => (await here.world.group(TARGET, TYPE))?.cursor !== '10-0');
    const { run } = await here.do('phase1-start');
    await stop();
    expect(run).toMatchObject({ exitCode: 3, undo: 'done', open: false });
    expect(run.error?.code).toBe('observe.reader');
    expect(here.is('bus-target')).toBe(false);
    expect(await here.end()).toMatchObject({ phases: { phase1: 'none' } });
  });
});

describe('the end of phase 3', () => {
  it('archives the source bus in one commit, which a rollback takes back', async () => {
    const repository = await scratchRepository(server.directory);
    const archive = {
      ...{ repository, path: 'bus/python/orion-bus', to: 'bus/python/orion-bus-archived' },
      ...{ documents: ['README.md'], marker: '> not in use', message: 'archive it' },
    };
    here = await PhaseWorld.on(server, { more: { archive } });
    await here.do('phase3-cutover');
    const unit = join(here.world.directory, 'units/bus-source.service');
    await writeFile(join(repository, 'stray'), '');
    expect((await here.do('phase3-finalize')).run.error?.code).toBe('archive.not-clean');
    await rm(join(repository, 'stray'));
    // Killed between the move and the commit, it goes on to one commit.
    await here.do('phase3-finalize', { more: killedAt('archive') });
    // A report that cannot be written is a step that failed, and the same command goes on with it.
    const report = join(here.plan.stateDir, 'archive/migration-report.md');
    await mkdir(join(report, 'in-the-way'), { recursive: true });
    const refused = await here.do('phase3-finalize');
    expect(refused.run).toMatchObject({ exitCode: 1, open: true });
    expect(refused.run.error?.code).toBe('report.unwritable');
    await rm(report, { recursive: true });
    const { run } = await here.do('phase3-finalize');
    expect(run).toMatchObject({ exitCode: 0, open: false });
    await expectReport(here.plan.stateDir, run);
    expect(existsSync(join(repository, 'bus/python/orion-bus-archived/bus.py'))).toBe(true);
    expect(await readFile(join(repository, 'README.md'), 'utf8')).toBe('> not in use\n\n# Bus\n');
    expect(await git(repository, 'log', '--format=%s')).toBe('archive it\nbegin\n');
    expect(await git(repository, 'status', '--porcelain')).toBe('');
    expect(existsSync(unit)).toBe(false);
    expect(await here.propose('phase3-finalize')).toMatchObject({ kind: 'already', phase: 'F' });

    const back = await here.do('rollback-phase1');
    expect(back).toMatchObject({ verb: 'rollback-phase3', run: { exitCode: 0, open: false } });
    expect(existsSync(unit)).toBe(true);
    expect(here.is('bus-source')).toBe(true);
    expect(existsSync(join(repository, 'bus/python/orion-bus/bus.py'))).toBe(true);
    expect(await readFile(join(repository, 'README.md'), 'utf8')).toBe('# Bus\n');
    expect(await here.end()).toMatchObject({ settings: [SOURCE, 'python', 'python'] });
  });
});

/** Both files of the report: private, complete, told of in the journal, with a verdict a row. */
async function expectReport(stateDir: string, { steps }: PhaseResult['run']): Promise<void> {
  const fileOf = (format: string): string => join(stateDir, `archive/migration-report.${format}`);
  const files = await Promise.all(
    ['md', 'json'].map(fileOf).map(async (path) => {
      const { mode, size } = await stat(path);
      expect(mode & 0o777).toBe(0o600);
      return { path, bytes: size };
    }),
  );
  expect(steps.find(({ id }) => id === 'report')).toMatchObject({
    status: 'done',
    data: { files },
  });
  expect(await readdir(join(stateDir, 'archive'))).toEqual([
    ...['bus-source.unit.json', 'migration-report.json', 'migration-report.md'],
  ]);
  const { success } = JSON.parse(await readFile(fileOf('json'), 'utf8'));
  const markdown = await readFile(fileOf('md'), 'utf8');
  expect(success.criteria).toHaveLength(7);
  expect(
    markdown.match(/^\|.*\| (?:pass|inconclusive|\*\*FAIL\*\*) \|$/gm)?.length,
  ).toBeGreaterThan(6);
}

const failedSteps = ({ run }: PhaseResult): string[] =>
  run.steps.filter(({ status }) => status === 'failed').map(({ id }) => id);

async function scratchRepository(within: string): Promise<string> {
  const repository = await mkdtemp(join(within, 'repository-'));
  await mkdir(join(repository, 'bus/python/orion-bus'), { recursive: true });
  await writeFile(join(repository, 'bus/python/orion-bus/bus.py'), 'pass\n');
  await writeFile(join(repository, 'README.md'), '# Bus\n');
  await git(repository, 'init', '-q');
  await git(repository, 'config', 'user.email', 'a@example.org');
  await git(repository, 'config', 'user.name', 'A');
  await git(repository, 'add', '.');
  await git(repository, 'commit', '-qm', 'begin');
  return repository;
}

async function git(repository: string, ...args: string[]): Promise<string> {
  const argv = ['git', '-C', repository, ...args];
  const { exitCode, stdout, stderr } = await runCommand(argv, { timeoutMs: 10_000 });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}
