import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltCli, buildCli } from '../support/built-cli.js';

let cli: BuiltCli;

beforeAll(async () => {
  cli = await buildCli();
  await cli.addCommand('try change', CHANGE);
  await cli.addCommand('try wait', WAIT);
  await cli.addCommand('try run', RUN);
});
afterAll(() => cli.remove());

describe('a change is confirmed', () => {
  it.each<[answer: string, code: number, said: string]>([
    ['y\n', 0, 'Changed.'],
    [' Yes \n', 0, 'Changed.'],
    ['n\n', 1, 'Not confirmed.'],
    ['\n', 1, 'Not confirmed.'],
    ['yesterday\n', 1, 'Not confirmed.'],
    ['\u0004', 1, 'Not confirmed.'],
    ['\u0003', 130, 'Interrupted by Ctrl-C.'],
  ])('at a terminal by %j: %i', async (keys, code, said) => {
    const { code: ended, stdout } = await cli.inTerminal(['try', 'change'], {
      press: { keys, at: '[y/N] ' },
    });
    expect(stdout).toContain('The plan: one thing.');
    expect(stdout).toContain('Change it? [y/N]');
    expect(stdout).toContain(said);
    expect(ended).toBe(code);
  });

  it('by --yes, the plan told on standard error', async () => {
    const { code, stdout, stderr } = await cli.ask(['try', 'change', '--yes']);
    expect([code, stdout, stderr]).toEqual([0, 'Changed.\n', 'The plan: one thing.\n']);
  });

  it('not at all by a dry run, which ends with 0', async () => {
    const [text, json] = await both(['try', 'change', '--dry-run']);
    expect(text).toEqual({ code: 0, stdout: 'The plan: one thing.\n', stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual({ v: 1, plan: ['one'], wouldExit: 0, next: [] });
  });

  it('by nobody where there is no terminal: the plan, and 1', async () => {
    const [text, json] = await both(['try', 'change']);
    expect([text.code, json.code]).toEqual([1, 1]);
    expect(text.stdout).toBe('The plan: one thing.\n');
    expect(text.stderr).toContain('Nothing was changed.');
    expect(text.stderr).toContain('  next: orion-bus try change --yes\n');
    expect(JSON.parse(json.stdout)).toMatchObject({
      v: 1,
      ok: false,
      exitCode: 1,
      plan: ['one'],
      error: { kind: 'confirmation', code: 'confirmation.needed' },
      next: ['orion-bus try change --yes'],
    });
  });

  it('never by a prompt with --json, also at a terminal', async () => {
    const { code, stdout } = await cli.inTerminal(['try', 'change', '--json']);
    expect(code).toBe(1);
    expect(stdout).not.toContain('[y/N]');
  });
});

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends a plain command with 130',
    async (signal) => {
      for (const json of signal === 'SIGINT' ? [[], ['--json']] : [[]]) {
        const child = cli.start(['try', 'wait', 'plain', ...json]);
        await child.said('waiting');
        child.kill(signal);
        const { code, stdout, stderr } = await child.ended;
        expect(code).toBe(130);
        if (json.length === 0) expect(stderr).toContain(`Interrupted by ${signal}.`);
        else
          expect(JSON.parse(stdout)).toMatchObject({
            exitCode: 130,
            error: { kind: 'interrupted' },
          });
      }
    },
  );

  it('let a command that took them end by itself', async () => {
    const child = cli.start(['try', 'wait', 'taken']);
    await child.said('waiting');
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0, stdout: 'ended by itself: graceful\n' });
  });

  it('end it at once when they come twice', async () => {
    const child = cli.start(['try', 'wait', 'deaf']);
    await child.said('waiting');
    child.kill('SIGTERM');
    await child.said('graceful');
    child.kill('SIGINT');
    const { code, stderr } = await child.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted by SIGINT.');
  });
});

describe('colours', () => {
  const ESCAPE = '\u001b[3';

  it('are there at a terminal and nowhere else', async () => {
    const change = ['try', 'change', '--dry-run'];
    const seen = await cli.inTerminal(change, { env: { TERM: 'xterm' } });
    expect(seen.stdout).toContain(`${ESCAPE}3mThe plan: one thing.`);
    expect((await cli.run(change, { env: { FORCE_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });

  it.each<[string, readonly string[], Record<string, string>]>([
    ['--no-color', ['--no-color'], { TERM: 'xterm' }],
    ['NO_COLOR', [], { TERM: 'xterm', NO_COLOR: '1' }],
  ])('are not there with %s', async (_, flags, env) => {
    for (const args of [
      ['try', 'change', '--dry-run'],
      ['try', 'change', '--wrong'],
    ]) {
      const { stdout } = await cli.inTerminal([...args, ...flags], { env });
      expect(stdout).not.toContain('\u001b[');
    }
  });
});

describe('a run', () => {
  it('is drawn live at a terminal, also when results go elsewhere', async () => {
    const { code, stdout } = await cli.inTerminal(['try', 'run'], { env: { TERM: 'xterm' } });
    expect(code).toBe(0);
    const text = withoutEscapes(stdout);
    for (const said of [
      'Going back',
      'Check Redis: done',
      'Stop memory: it does not stop',
      'Move the cursor: not reached',
      'Start memory: done',
      'Failed',
    ]) {
      expect(text).toContain(said);
    }
    expect(text).not.toContain('\u0007');
    // The cursor is shown again at the end.
    expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
  });

  it('is told in plain lines elsewhere', async () => {
    const { stderr, stdout } = await cli.run(['try', 'run']);
    expect(stdout).toBe('');
    expect(stderr).toBe(PLAIN);
  });
});

async function both(args: readonly string[]) {
  return Promise.all([cli.ask(args), cli.ask([...args, '--json'])]);
}

function withoutEscapes(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what goes
  return text.replaceAll(/\u001b\[[\d;?]*[a-zA-Z]/g, '');
}

const PLAIN = `Moving memory
  ...   Check Redis
  ok    Check Redis: done
  ...   Stop memory
  ...   Stop memory: waiting (1 of 100)
  ...   Stop memory: waiting (10 of 100)
  FAIL  Stop memory: it does not stop\\x07
          the unit hangs
Going back
  ...   Start memory
  ok    Start memory: done
Everything has been put back
Failed
`;

const CHANGE = `
import { BaseCommand } from '../../cli/base-command.js';
import { changeFlags } from '../../cli/flags.js';
import { line } from '../../report/index.js';
export default class Change extends BaseCommand {
  static flags = changeFlags;
  async run() {
    const { flags } = await this.parse(Change);
    const page = [line('The plan: one thing.', { tone: 'warn' })];
    const stop = await this.confirmed({ plan: ['one'], more: { wouldExit: 0 }, page, question: 'Change it?', command: 'orion-bus try change' }, flags);
    return stop ?? { document: { changed: true }, page: [line('Changed.')] };
  }
}`;

const WAIT = `
import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { line } from '../../report/index.js';
export default class Wait extends BaseCommand {
  static args = { how: Args.string({ required: true }) };
  async run() {
    const { args } = await this.parse(Wait);
    const interruption = args.how === 'plain' ? null : this.takeInterruption();
    const ended = new Promise((resolve) => {
      const timer = setTimeout(resolve, 60_000);
      interruption?.onChange((requested) => {
        this.say(requested);
        if (args.how === 'taken') { clearTimeout(timer); resolve(); }
      });
    });
    this.say('waiting');
    await ended;
    return { document: {}, page: [line('ended by itself: ' + interruption.requested())] };
  }
}`;

const RUN = `
import { BaseCommand } from '../../cli/base-command.js';
import { renderRunLive } from '../../ui/index.js';
const pause = () => new Promise((resolve) => setTimeout(resolve, 30));
async function* events() {
  const step = (type, step, text, more) => ({ type, step, text, ...more });
  yield { type: 'run.started', text: 'Moving memory', steps: [{ id: 'redis', title: 'Check Redis' }, { id: 'stop', title: 'Stop memory' }, { id: 'turn', title: 'Move the cursor' }] };
  yield step('step.started', 'redis', 'Check Redis');
  await pause();
  yield step('step.done', 'redis', 'Check Redis: done');
  yield step('step.started', 'stop', 'Stop memory');
  for (const done of [1, 2, 10, 11]) yield step('step.progress', 'stop', 'Stop memory: waiting (' + done + ' of 100)', { progress: { text: 'waiting', done, total: 100 } });
  await pause();
  yield step('step.failed', 'stop', 'Stop memory: it does not stop\\u0007\\n  the unit hangs');
  yield { type: 'undo.started', text: 'Going back', steps: [{ id: 'start', title: 'Start memory' }] };
  yield step('step.started', 'start', 'Start memory');
  await pause();
  yield step('step.done', 'start', 'Start memory: done');
  yield { type: 'undo.finished', text: 'Everything has been put back' };
  yield { type: 'run.finished', text: 'Failed' };
}
export default class Run extends BaseCommand {
  async run() {
    await this.parse(Run);
    await renderRunLive(events(), { stream: this.surroundings.stderr, colour: false });
    return { document: {}, page: [] };
  }
}`;
