import { Flags } from '@oclif/core';
import { LOG_LEVELS, runBusDaemon } from '../bus/index.js';
import type { Answer } from '../cli/answer.js';
import { BaseCommand } from '../cli/base-command.js';
import { durationFlag } from '../cli/duration-flag.js';
import { checkedIdle, readToken, redisOfFlag } from '../cli/serve-flags.js';

export default class Serve extends BaseCommand {
  static override summary = 'Run the bus: HTTP in front of the streams.';
  static override description =
    'Runs until SIGTERM or SIGINT, then stops orderly; a second signal cuts it short. SIGHUP loads the contracts anew. The log goes to standard error, one JSON document a line. Flags stand above the configuration.';
  static override flags = {
    'redis-addr': Flags.string({
      helpValue: 'HOST:PORT',
      exclusive: ['redis-url'],
      description: 'Redis, as host:port or URL; never with a password.',
    }),
    'contracts-dir': Flags.string({
      helpValue: 'DIR',
      description: 'The folder of the contracts.',
    }),
    'stream-prefix': Flags.string({
      helpValue: 'PREFIX',
      description: "The first part of every stream's key.",
    }),
    'max-stream-len': Flags.integer({
      min: 1,
      helpValue: 'N',
      description: 'Entries a stream is trimmed to, roughly.',
    }),
    'http-host': Flags.string({
      helpValue: 'ADDRESS',
      default: '127.0.0.1',
      description: 'Where to listen; anything but loopback needs a token.',
    }),
    'http-port': Flags.integer({
      min: 0,
      max: 65_535,
      default: 8080,
      helpValue: 'PORT',
      description: 'The port to listen on; 0 takes a free one, which the log names.',
    }),
    'http-token-file': Flags.string({
      helpValue: 'FILE',
      description: 'Every request must carry the token in this file, as a bearer.',
    }),
    'min-idle': durationFlag({
      default: 60_000,
      description:
        'After how long without a sign of life a message is given to another subscriber; from 100ms to 1d.',
    }),
    'log-level': Flags.option({
      options: LOG_LEVELS,
      default: 'info' as const,
      description: 'The least important lines to log.',
    })(),
    'strict-formats': Flags.boolean({
      description:
        'Refuse messages whose uuid or date-time is none, which are only warned of otherwise.',
    }),
  };
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --redis-addr localhost:6379 --http-port 8080',
  ];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Serve);
    const { config } = await this.session(flags);
    const { 'contracts-dir': contracts, 'http-token-file': token } = flags;
    const exitCode = await runBusDaemon(
      {
        redis: redisOfFlag(flags['redis-addr'], config.redis),
        contractsDirectory: contracts === undefined ? config.contracts : this.path(contracts),
        strictFormats: flags['strict-formats'],
        prefix: flags['stream-prefix'] ?? config.streams.prefix,
        maxLength: flags['max-stream-len'] ?? config.streams.maxLength,
        host: flags['http-host'],
        port: flags['http-port'],
        minIdleMs: checkedIdle(flags['min-idle']),
        token: token === undefined ? null : await readToken(token, this.surroundings),
        logLevel: flags['log-level'],
        version: this.config.version,
      },
      {
        signals: this.surroundings.interruption.handOver(),
        log: (text) => this.say(text),
        clock: this.surroundings.clock,
      },
    );
    return { document: { ok: exitCode === 0, exitCode }, page: [], exitCode };
  }
}
