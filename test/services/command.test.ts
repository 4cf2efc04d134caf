import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/problems/index.js';
import { createServices, type Services, type ServicesOptions } from '../../src/services/index.js';
import { problemOf } from '../support/problem-of.js';
import { until } from '../support/until.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orion-services-test-'));
});
afterEach(async () => {
  await endLeftover();
  await rm(directory, { recursive: true, force: true });
});

type CommandOptions = Extract<ServicesOptions, { driver: 'command' }>;

const at = (name: string): string => join(directory, name);
const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script, '{service}', directory];

/** A service as a start script would run it; its process keeps the outputs of that script open. */
const START = `"$1/program" & echo $! > "$1/$0.pid"`;
/** A process that has ended, but that nobody has waited for yet, is not active. */
const STATUS = `grep -qs '^State:.[^Z]' "/proc/$(cat "$1/$0.pid" 2>/dev/null)/status"`;
const STOP = `kill "$(cat "$1/$0.pid")"`;
const PID = `cat "$1/$0.pid"`;
const FOREVER = '#!/bin/sh\nexec sleep 1000\n';

function services(changes: Partial<CommandOptions> = {}, signal?: AbortSignal): Services {
  return createServices(
    {
      driver: 'command',
      start: sh(START),
      stop: sh(STOP),
      status: sh(STATUS),
      stopTimeoutMs: 5_000,
      ...changes,
    },
    { clock: systemClock, signal },
  );
}

async function program(text: string): Promise<void> {
  await writeFile(at('program'), text, { mode: 0o755 });
}

describe('services through commands', () => {
  it('starts, tells the state, and stops', async () => {
    await program(FOREVER);
    const all = services({ pid: sh(PID), isEnabled: sh('test -e "$1/enabled"') });
    const unknown = { installed: null, sinceMs: null, restarts: null };
    expect(await all.state('memory')).toEqual({
      ...unknown,
      service: 'memory',
      active: 'inactive',
      mainPid: null,
      enabled: false,
    });
    await all.start('memory');
    await writeFile(at('enabled'), '');
    const pid = Number(await readFile(at('memory.pid'), 'utf8'));
    expect(await all.state('memory')).toMatchObject({
      active: 'active',
      mainPid: pid,
      enabled: true,
    });
    await all.start('memory');
    expect(await all.state('memory')).toMatchObject({ mainPid: pid });
    await all.stop('memory');
    expect(await all.state('memory')).toMatchObject({ active: 'inactive', mainPid: null });
  });

  it('does not know what it has no command for, and does nothing there', async () => {
    await program(FOREVER);
    const bare = services({ pid: null });
    await bare.hold('memory');
    expect(await bare.held('memory')).toBeNull();
    await bare.release('memory');
    await bare.enable('memory');
    await bare.disable('memory');
    await bare.start('memory');
    expect(await bare.state('memory')).toMatchObject({ mainPid: null, enabled: null });
  });

  it('runs the optional commands, with the name of the service in them', async () => {
    const note = (verb: string): readonly string[] => [
      'touch',
      `${directory}/{service}-${verb}-{service}`,
    ];
    const verbs = ['hold', 'release', 'enable', 'disable'] as const;
    const all = services(Object.fromEntries(verbs.map((verb) => [verb, note(verb)])));
    for (const verb of verbs) {
      await all[verb]('memory');
      expect(existsSync(at(`memory-${verb}-memory`))).toBe(true);
    }
    expect(await all.held('memory')).toBeNull();
    const broken = services({ hold: sh('echo no room >&2; exit 1') });
    expect(await problemOf(broken.hold('memory'))).toMatchObject({ code: 'service.hold-failed' });
  });

  it('waits until a service is really stopped', async () => {
    await program(`#!/bin/sh
trap 'sleep 1; touch "${at('done')}"; exit 0' TERM
while :; do sleep 0.05; done
`);
    await services().start('memory');
    await services().stop('memory');
    expect(existsSync(at('done'))).toBe(true);
  });

  it('starts a service again that does not stop in time, and releases it before', async () => {
    await program(`#!/bin/sh
trap 'sleep 1; exit 0' TERM
while :; do sleep 0.05; done
`);
    // Refuses while it is held or still runs, as a careful start script does.
    const start = sh(`test ! -e "$1/held" && ! ${STATUS} || exit 1; ${START}`);
    const all = services({
      start,
      hold: sh('touch "$1/held"'),
      release: sh('rm "$1/held"'),
      stopTimeoutMs: 300,
    });
    await all.start('memory');
    const first = await readFile(at('memory.pid'), 'utf8');
    await all.hold('memory');
    const error = await problemOf(all.stop('memory'));
    expect(error).toMatchObject({ code: 'service.stop-timeout', kind: 'prerequisite' });
    expect(error.message).toContain(
      'had not stopped after 0.3 s; it was started again and is active',
    );
    expect(await all.state('memory')).toMatchObject({ active: 'active' });
    expect(await readFile(at('memory.pid'), 'utf8')).not.toBe(first);
  });

  it('says so when it cannot be started again either', async () => {
    await program(FOREVER);
    const all = services({ stopTimeoutMs: 200, stop: sh('sleep 1000') });
    await all.start('memory');
    const broken = services({
      stopTimeoutMs: 200,
      stop: sh('sleep 1000'),
      start: sh(`${STOP}; echo no disk >&2; exit 1`),
    });
    const error = await problemOf(broken.stop('memory'));
    expect(error.code).toBe('service.stop-timeout');
    expect(error.message).toContain('it took too long and was ended');
    expect(error.message).toContain('starting it again did not succeed either');
    expect(error.message).toContain('no disk');
  });

  it('reports a failed start with the last line it said, harmless to a terminal', async () => {
    const start = sh(
      `printf 'first\\n\\033[31mno \\007\\033]0;x\\007room\\033[0m\\n\\n' >&2; exit 5`,
    );
    const error = await problemOf(services({ start }).start('memory'));
    expect(error.code).toBe('service.not-started');
    expect(error.message).toMatch(/it exited with 5: no .*room\.$/);
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  it('takes no word of a broken status command for an answer', async () => {
    for (const exit of ['exit 126', 'exit 127', 'exit 255', 'kill -KILL $$']) {
      const all = services({
        status: sh(exit),
        stop: sh('true'),
        start: sh('true'),
        stopTimeoutMs: 100,
      });
      expect(await all.state('memory')).toMatchObject({ active: 'unknown' });
    }
    const missing = services({ status: ['/nowhere/status', '{service}'] });
    expect(await problemOf(missing.state('memory'))).toMatchObject({ code: 'command.not-started' });
  });

  it('ends a wait at once when it is interrupted', async () => {
    await program(FOREVER);
    await services().start('memory');
    const interrupt = new AbortController();
    const stop = sh('touch "$1/stopping"');
    const waiting = services({ stop, stopTimeoutMs: 60_000 }, interrupt.signal);
    const stopped = problemOf(waiting.stop('memory'));
    await until(async () => existsSync(at('stopping')));
    interrupt.abort();
    expect(await stopped).toMatchObject({ code: 'service.interrupted', exitCode: 130 });
    expect(await services().state('memory')).toMatchObject({ active: 'active' });
  });

  it.each(['', '-rf', 'a b', '../x', 'a/b', 'a*', 'a\nb', '$(id)', 'a;b'])(
    'refuses %j as the name of a service',
    async (name) => {
      const all = services({ start: ['touch', at('touched')] });
      for (const verb of ['state', 'start', 'stop', 'hold', 'release', 'held', 'enable'] as const) {
        expect(await problemOf(all[verb](name))).toMatchObject({ code: 'service.bad-name' });
      }
      expect(existsSync(at('touched'))).toBe(false);
    },
  );
});

async function endLeftover(): Promise<void> {
  const pid = Number(await readFile(at('memory.pid'), 'utf8').catch(() => ''));
  if (!pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The test has stopped it.
  }
}
