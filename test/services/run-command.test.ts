import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/services/index.js';
import { problemOf } from '../support/problem-of.js';
import { until } from '../support/until.js';

const PATIENT = { timeoutMs: 30_000 };
const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orion-command-test-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('how a command ended', () => {
  it('is told with both outputs, for zero and for non-zero', async () => {
    expect(await runCommand(sh('echo out; echo err >&2'), PATIENT)).toEqual({
      exitCode: 0,
      signal: null,
      timedOut: false,
      aborted: false,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
    expect(await runCommand(sh('exit 42'), PATIENT)).toMatchObject({ exitCode: 42, signal: null });
    expect(await runCommand(sh('kill -KILL $$'), PATIENT)).toMatchObject({
      exitCode: null,
      signal: 'SIGKILL',
      timedOut: false,
    });
  });

  it.each([
    ['program', ['/nowhere/program'], {}],
    ['directory', ['/bin/true'], { cwd: '/nowhere' }],
    ['permission', ['/etc/passwd'], {}],
  ])('is an error when it never began for want of a %s', async (_what, argv, options) => {
    const error = await problemOf(runCommand(argv, { ...PATIENT, ...options }));
    expect(error).toMatchObject({ code: 'command.not-started', exitCode: 1 });
    expect(error.message).toContain(argv[0]);
  });
});

describe('what a command is given', () => {
  it('is its arguments as they are, never through a shell', async () => {
    const nasty = ['$(touch /tmp/x)', '; rm -rf /', '`id`', '*', '"', "'", ' ', ''];
    const { stdout } = await runCommand(['printf', '<%s>', ...nasty], PATIENT);
    expect(stdout).toBe(nasty.map((word) => `<${word}>`).join(''));
  });

  it('is a directory, an environment beside ours, and its input', async () => {
    const result = await runCommand(sh('pwd; echo "$WORD $PATH"; cat'), {
      ...PATIENT,
      cwd: directory,
      env: { WORD: 'hello', HOME: undefined },
      input: 'from outside',
    });
    expect(result.stdout).toBe(`${directory}\nhello ${process.env['PATH']}\nfrom outside`);
    const bare = await runCommand(sh('echo "[$HOME]"'), { ...PATIENT, env: { HOME: undefined } });
    expect(bare.stdout).toBe('[]\n');
  });

  it('is an empty input when there is none, and need not be read when there is', async () => {
    expect(await runCommand(['cat'], PATIENT)).toMatchObject({ exitCode: 0, stdout: '' });
    const input = 'x'.repeat(10_000_000);
    expect(await runCommand(['true'], { ...PATIENT, input })).toMatchObject({ exitCode: 0 });
  });
});

describe('the output that is kept', () => {
  it('is the end of a long one, and whole characters', async () => {
    const print = `process.stdout.write('€'.repeat(400000) + 'end')`;
    const result = await runCommand([process.execPath, '-e', print], {
      ...PATIENT,
      maxOutputBytes: 1_000,
    });
    expect(result.stdout).toBe(`${'€'.repeat(332)}end`);
    expect(result.truncated).toBe(true);
  });

  it('is all of it, when it fits exactly', async () => {
    const result = await runCommand(['printf', '12345'], { ...PATIENT, maxOutputBytes: 5 });
    expect(result).toMatchObject({ stdout: '12345', truncated: false });
  });
});

describe('a command that must end', () => {
  /** A program whose child writes its process id, and of which both take no notice of SIGTERM. */
  const stubborn = (): readonly string[] =>
    sh(`trap '' TERM; (echo started > ${directory}/started; while :; do sleep 0.05; done) & wait`);
  const started = (): Promise<void> =>
    until(async () => (await readdir(directory)).includes('started'));

  it('ends with all it started at the time-out', async () => {
    const pids = `echo $$ > ${directory}/parent; sleep 1000 & echo $! > ${directory}/child; wait`;
    const result = await runCommand(sh(pids), { timeoutMs: 300 });
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGTERM', timedOut: true });
    await until(async () => !(await runs(join(directory, 'child'))));
    expect(await runs(join(directory, 'parent'))).toBe(false);
  });

  it('is killed when it does not listen, and what it started too', async () => {
    const abort = new AbortController();
    const running = runCommand(stubborn(), { ...PATIENT, signal: abort.signal });
    await started();
    abort.abort();
    expect(await running).toMatchObject({ signal: 'SIGKILL', aborted: true, timedOut: false });
    await until(async () => (await processesNaming(directory)).length === 0);
  });

  it('is one of many under one signal, without a warning', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', note);
    const abort = new AbortController();
    const running = Array.from({ length: 20 }, () =>
      runCommand(['sleep', '1000'], { ...PATIENT, signal: abort.signal }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    const results = await Promise.all(running);
    process.off('warning', note);
    expect(results.map(({ aborted }) => aborted)).toEqual(running.map(() => true));
    expect(warnings).toEqual([]);
  });

  it('is not even started when that is known before', async () => {
    const result = await runCommand(sh(`touch ${directory}/started`), {
      ...PATIENT,
      signal: AbortSignal.abort(),
    });
    expect(result).toMatchObject({ exitCode: null, signal: null, aborted: true });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('a command that leaves a process behind', () => {
  /** Leaves a process that holds both outputs open and writes to them once `go` is there. */
  const leaving = (exitCode: number): readonly string[] =>
    sh(
      `(while [ ! -e ${directory}/go ]; do sleep 0.05; done
        echo late; echo late >&2; echo $? > ${directory}/survived) &
       echo out; echo err >&2; exit ${exitCode}`,
    );
  const go = (): Promise<unknown> => runCommand(['touch', join(directory, 'go')], PATIENT);
  const survived = (): Promise<string> => readFile(join(directory, 'survived'), 'utf8');

  it('does not keep us waiting for the end of its output', async () => {
    const result = await runCommand(leaving(3), PATIENT);
    expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(await readdir(directory)).toEqual([]);
    await go();
    await until(async () => (await processesNaming(directory)).length === 0);
  });

  it('does not lose that process to a closed pipe, and still tells what it said', async () => {
    const result = await runCommand(leaving(3), { ...PATIENT, leavesProcesses: true });
    expect(result).toMatchObject({ exitCode: 3, stdout: '', stderr: 'err\n' });
    await go();
    await until(async () => (await readdir(directory)).includes('survived'));
    await until(async () => (await survived()) === '0\n');
  });
});

/** Whether the process named in the file still runs; one that nobody has waited for yet does not. */
async function runs(file: string): Promise<boolean> {
  const pid = (await readFile(file, 'utf8')).trim();
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/\) Z /.test(stat);
}

async function processesNaming(word: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(word));
}
