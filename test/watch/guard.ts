import { readFile } from 'node:fs/promises';
import type { Issue } from '../../src/checks/index.js';
import type { JsonObject } from '../../src/problems/index.js';
import { TARGET_SERVICE, WATCH_SERVICE } from '../../src/rehearsal/host-config.js';
import type { Tool } from '../migration/tool.js';
import type { Yard } from '../migration/yard.js';
import { until } from '../support/until.js';

/** Small enough to be reached in seconds, and as far from ordinary traffic as the shipped ones are. */
export const QUICK_TO_ALARM: JsonObject = {
  thresholds: {
    lag: { target: 20, alert: 40, sustained: '2s' },
    memory: { target: '90MB', alert: '120MB', sustained: '1s' },
  },
  watch: { every: '300ms', metrics: 'off', grace: '2s' },
};

/** What `status --json` says, as far as an emergency goes. */
interface EmergencyStatus {
  readonly phase: string;
  readonly next: readonly string[];
  readonly halt: { readonly reason: string; readonly by: string } | null;
  readonly announced: { readonly command: string } | null;
  readonly emergency: {
    readonly column: number | null;
    readonly answer: JsonObject | null;
    readonly issues: readonly {
      readonly issue: Issue;
      readonly verdict: string;
      readonly message: string;
      readonly answer: JsonObject | null;
    }[];
  };
}

/** `orion-bus watch` as a service of a yard, and what it tells. */
export class Guard {
  readonly #yard: Yard;
  readonly #tool: Tool;

  constructor(yard: Yard, tool: Tool) {
    this.#yard = yard;
    this.#tool = tool;
  }

  /** Starts it, or starts it anew with other flags, and waits for its first sample. */
  async watch(...flags: readonly string[]): Promise<void> {
    const { host, packageRoot } = this.#yard;
    await host.units.stop(WATCH_SERVICE);
    const told = (await this.told('sampled')).length;
    host.units.define(WATCH_SERVICE, {
      argv: [process.execPath, `${packageRoot}/bin/run.js`, 'watch', '--json', ...flags],
      cwd: host.paths.directory,
      env: { ...this.#yard.env, PATH: process.env['PATH'] ?? '' },
      log: host.paths.log(WATCH_SERVICE),
    });
    await host.units.start(WATCH_SERVICE);
    await until(async () => (await this.told('sampled')).length > told);
  }

  /** Its events of one kind since the yard was opened. */
  async told(type: string): Promise<readonly JsonObject[]> {
    const file = this.#yard.host.paths.log(WATCH_SERVICE);
    const text = await readFile(file, 'utf8').catch(() => '');
    // The last line may be on its way.
    const lines = text.split('\n').slice(0, -1);
    return lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as JsonObject)
      .filter((event) => event['type'] === type);
  }

  async status(): Promise<EmergencyStatus> {
    const { code, document } = await this.#tool.json('status');
    if (code !== 0) throw new Error(JSON.stringify(document));
    // The tests look into it.
    return document as unknown as EmergencyStatus;
  }

  /** Resolves when the criterion holds, and a halt that names it is in force. */
  async halted(issue: Issue): Promise<EmergencyStatus> {
    await until(async () => (await this.#holding()).includes(issue));
    return this.status();
  }

  /** Resolves when nothing holds any more. */
  async calm(): Promise<void> {
    await until(async () => (await this.#holding()).length === 0);
  }

  /** At its newest sample. */
  async #holding(): Promise<readonly string[]> {
    const [newest] = (await this.told('sampled')).slice(-1);
    return (newest?.['holding'] as readonly string[] | undefined) ?? [];
  }

  /** Starts the target bus again, as its operator would. */
  async restartTarget(): Promise<void> {
    await this.#yard.host.units.stop(TARGET_SERVICE);
    await this.#yard.host.startTarget();
  }
}
