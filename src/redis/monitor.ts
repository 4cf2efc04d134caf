import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { messageOf } from '../problems/index.js';
import { endpointOf, type RedisAddress } from './address.js';

/*
 * MONITOR on a connection of its own. ioredis has a monitor too, but it switches to monitoring only a
 * moment after the server did, and takes what a busy server sends in that moment for a fatal error
 * that quotes the command, message and all. Here each line is looked at once and dropped, unless it is
 * a command that was asked for; nothing of it is kept.
 *
 *   +OK                                                    monitoring has begun
 *   +1700000000.123456 [0 127.0.0.1:6379] "XADD" "key" …   a command; quotes and bytes are escaped
 *   -ERR …                                                 refused
 */

export interface MonitoredCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly address: string;
  readonly database: number;
}

/** A refusal of MONITOR by the server, as opposed to a connection that failed. */
export class MonitorRefused extends Error {}

const READY_WITHIN_MS = 3_000;
/** A line longer than this is a published message; it is dropped while it is read. */
const LONGEST_LINE = 16 * 1024;

/**
 * Listens to the commands of one name.
 * @param name in capitals, as `XREADGROUP`
 * @returns stops listening
 * @throws {MonitorRefused} where the server does not allow it
 */
export async function monitor(
  address: RedisAddress,
  name: string,
  listen: (command: MonitoredCommand) => void,
): Promise<() => void> {
  const endpoint = endpointOf(address);
  const socket = endpoint.tls ? connectTls(endpoint.options) : connect(endpoint.options);
  try {
    await ready(socket, loginOf(address), (line) => {
      const command = parseLine(line);
      if (command?.name === name) listen(command);
    });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return () => socket.destroy();
}

/** One line of MONITOR, or null where it is none. */
export function parseLine(line: string): MonitoredCommand | null {
  const found = /^\+\d+\.\d+ \[(\d+) ([^\]]*(?:\][^\]" ]*)?)\] (.*)$/s.exec(line);
  if (found === null) return null;
  const [, database = '0', address = '', rest = ''] = found;
  const [name, ...args] = quotedWords(rest);
  if (name === undefined) return null;
  return { name: name.toUpperCase(), args, address, database: Number(database) };
}

function ready(socket: Socket, login: string, onLine: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    let answers = 0;
    const expected = login === '' ? 1 : 2;
    socket.setEncoding('latin1');
    socket.setTimeout(READY_WITHIN_MS, () => reject(new Error('MONITOR was not answered in time')));
    socket.on('error', (error) => reject(new Error(messageOf(error))));
    socket.on('close', () => reject(new Error('the connection was closed')));
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
      for (const line of lines) {
        if (answers >= expected) {
          onLine(line);
        } else if (line.startsWith('-')) {
          reject(new MonitorRefused(line.slice(1, 200)));
        } else {
          answers += 1;
          if (answers === expected) {
            socket.setTimeout(0);
            resolve();
          }
        }
      }
    });
    socket.write(`${login}${command(['MONITOR'])}`);
  });
}

function loginOf({ username, password }: RedisAddress): string {
  if (password === null) return '';
  return command(username === null ? ['AUTH', password()] : ['AUTH', username, password()]);
}

/** A command in the protocol's own form, since a password may hold any character. */
function command(words: readonly string[]): string {
  const parts = words.map((word) => {
    const bytes = Buffer.from(word, 'utf8').toString('latin1');
    return `$${bytes.length}\r\n${bytes}\r\n`;
  });
  return `*${words.length}\r\n${parts.join('')}`;
}

/** Words in double quotes, with the escapes of the server's own `sdscatrepr`. */
function quotedWords(text: string): readonly string[] {
  const words = text.match(/"(?:[^"\\]|\\.)*"/gs) ?? [];
  return words.map((word) => {
    const bytes = word
      .slice(1, -1)
      .replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_all, hex?: string, char?: string) =>
        hex === undefined
          ? (ESCAPES[char ?? ''] ?? char ?? '')
          : String.fromCharCode(Number.parseInt(hex, 16)),
      );
    return Buffer.from(bytes, 'latin1').toString('utf8');
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\u0007',
  b: '\b',
};
