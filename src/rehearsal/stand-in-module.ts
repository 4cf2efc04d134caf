import { messageOf } from '../problems/index.js';
import { isServerError, listOf, type Reply, streamOfType, textOf } from '../redis/index.js';
import type { ModuleRole, ModuleRuntime, ReadRole } from './module-role.js';
import { readByHttp } from './read-by-http.js';
import { readByLibrary } from './read-by-library.js';
import { type ReadAt, StandInWork } from './stand-in-work.js';

/*
 * A module: a process that reads its groups as its settings name them. A group of the target may be read
 * with the library or over HTTP; every other as the source bus does, and that is what is written here: one
 * loop a stream, each with a connection of its own. A loop goes round for ever: read up to `batch` new
 * entries, handle each, write it into the ledger, acknowledge it. Nothing ever tells it to stop: a signal
 * ends the process wherever it is.
 *
 * What the loop gets wrong is meant: a group that is missing is made at the beginning of the
 * stream, what an earlier process left pending is never looked at, and a failed read is tried
 * again at once.
 */

/** Runs until the process is ended from outside. */
export async function runModule(role: ModuleRole, runtime: ModuleRuntime): Promise<void> {
  await Promise.all(role.reads.map((read) => runRead(role, read, runtime)));
}

async function runRead(role: ModuleRole, read: ReadRole, runtime: ModuleRuntime): Promise<void> {
  const group = runtime.settings.get(read.setting);
  if (group === undefined) throw new Error(`${role.envFile} has no ${read.setting}`);
  const link = await runtime.open(`orion-${role.name}`);
  const at: ReadAt = {
    ...{ link, group, stream: streamOfType(role.prefix, read.type) },
    ...{ type: read.type, consumer: `${role.name}-1` },
  };
  const work = new StandInWork(role, at, runtime);
  const client = role.clients[group];
  if (client === 'library') return readByLibrary(role, at, work, runtime);
  if (client === 'http') return readByHttp(role, at, work, runtime);
  const loop = new Loop(role, at, work, runtime);
  await loop.begin();
  for (;;) await loop.round();
}

class Loop {
  readonly #role: ModuleRole;
  readonly #at: ReadAt;
  readonly #work: StandInWork;
  readonly #runtime: ModuleRuntime;
  readonly #resumes: boolean;
  #sweptAt = 0;

  constructor(role: ModuleRole, at: ReadAt, work: StandInWork, runtime: ModuleRuntime) {
    this.#role = role;
    this.#at = at;
    this.#work = work;
    this.#runtime = runtime;
    this.#resumes = role.resumesOn.includes(at.group);
  }

  async begin(): Promise<void> {
    const { link, stream, group } = this.#at;
    try {
      await link.command('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM');
    } catch (error) {
      if (!isServerError(error) || !error.message.startsWith('BUSYGROUP')) throw error;
    }
    if (this.#resumes) await this.#own();
  }

  async round(): Promise<void> {
    try {
      if (this.#resumes) await this.#sweep();
      await this.#handle(await this.#readFrom('>'));
    } catch (error) {
      this.#runtime.log(
        `read of ${this.#at.stream} as ${this.#at.group} failed: ${messageOf(error)}`,
      );
      // The real consumer is about as quick as this to fail again.
      await this.#runtime.clock.sleep(1);
    }
  }

  /** Everything this consumer's name was given before and never acknowledged. */
  async #own(): Promise<void> {
    for (;;) {
      const entries = await this.#readFrom('0');
      if (entries.length === 0) return;
      await this.#handle(entries);
    }
  }

  /** Everything that any consumer of the group has left lying for `staleMs`. */
  async #sweep(): Promise<void> {
    const { clock } = this.#runtime;
    if (clock.now() - this.#sweptAt < this.#role.staleMs) return;
    this.#sweptAt = clock.now();
    const { link, stream, group, consumer } = this.#at;
    let cursor = '0-0';
    do {
      const reply = listOf(
        await link.command('XAUTOCLAIM', stream, group, consumer, this.#role.staleMs, cursor),
      );
      cursor = textOf(reply[0]) || '0-0';
      await this.#handle(entriesOf(reply[1]));
    } while (cursor !== '0-0');
  }

  async #readFrom(from: '>' | '0'): Promise<readonly Entry[]> {
    const { link, stream, group, consumer } = this.#at;
    const { batch, blockMs } = this.#role;
    const reply = await link.command(
      ...(['XREADGROUP', 'GROUP', group, consumer, 'COUNT', batch] as const),
      ...(['BLOCK', blockMs, 'STREAMS', stream, from] as const),
    );
    return entriesOf(listOf(listOf(reply)[0])[1]);
  }

  async #handle(entries: readonly Entry[]): Promise<void> {
    const { link, stream, group } = this.#at;
    for (const entry of entries) {
      await this.#work.handle(entry.id, entry.data);
      await link.command('XACK', stream, group, entry.id);
    }
  }
}

interface Entry {
  readonly id: string;
  /** Null for an entry without the field, and for one that was deleted. */
  readonly data: string | null;
}

function entriesOf(reply: Reply | undefined): readonly Entry[] {
  return listOf(reply).map((item) => {
    const [id, fields] = listOf(item);
    const flat = listOf(fields).map(textOf);
    const at = flat.indexOf('data');
    return { id: textOf(id), data: at < 0 ? null : (flat[at + 1] ?? null) };
  });
}
