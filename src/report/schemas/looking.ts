import { exitCode, finding, gate, halt, journal, place, verdict } from './common.js';
import {
  anything,
  count,
  figure,
  flag,
  list,
  maybe,
  oneOf,
  record,
  type Shape,
  text,
} from './shape.js';

/** The documents of the commands that only look, by the command's id. */
export const LOOKING: Readonly<Record<string, readonly Shape[]>> = {
  lag: [
    record(
      {
        at: text,
        groups: list(
          record({
            ...place,
            module: maybe(text),
            side: oneOf('source', 'target', 'unknown'),
            lag: maybe(count),
            lagAtLeast: maybe(count),
            lagSource: oneOf('server', 'derived', 'counted', 'unknown'),
            pending: count,
            backlog: maybe(count),
            consumers: count,
            cursor: text,
            oldestPendingMs: maybe(figure),
            oldestUndeliveredMs: maybe(figure),
            headroom: record({ entries: maybe(figure), seconds: maybe(figure), unlimited: flag }),
            state: oneOf('ok', 'warn', 'stall', 'stop', 'rewind', 'missing', 'unknown'),
          }),
        ),
      },
      verdict,
    ),
  ],
  validate: [
    record({
      ...verdict,
      checks: list({
        allOf: [
          finding,
          record({
            group: oneOf('prerequisites', 'roundtrip', 'consumer-groups', 'validation'),
          }),
        ],
      }),
      durationMs: figure,
    }),
  ],
  status: [
    record({
      phase: text,
      at: maybe(text),
      halt: maybe(halt),
      announced: maybe(record({ command: text, dueAt: text, begunAt: maybe(text) })),
      openRun: maybe(record({ run: text, verb: text, module: maybe(text), command: text })),
      lease: maybe(record({ holder: record({ verb: text, host: text, pid: count }) })),
      journal: record({
        path: text,
        records: count,
        torn: flag,
        problem: maybe(record({ code: text, message: text })),
      }),
      modules: list(
        record({
          module: text,
          state: text,
          letter: text,
          because: text,
          soakLeftMs: maybe(figure),
          settings: record({ side: oneOf('source', 'target', 'mixed', 'unreadable') }),
          readers: maybe(list(oneOf('source', 'target'))),
          redelivery: maybe(
            record({
              count,
              streams: list(record({ stream: text, count, pinnedBy: list(text) })),
              drifting: list(text),
            }),
          ),
          next: maybe(text),
          back: maybe(text),
        }),
      ),
      gates: maybe(record({ command: text, module: maybe(text), results: list(gate) })),
      gatesProblem: maybe(text),
      emergency: maybe(record({})),
    }),
  ],
  // A list that was broken off ends where it was: there is no total then.
  pending: [
    record(
      {
        groups: list(
          record(
            {
              ...place,
              pending: count,
              entries: list(
                record({
                  id: text,
                  consumer: text,
                  idleMs: figure,
                  deliveries: count,
                  ghost: flag,
                }),
              ),
            },
            { matching: count },
          ),
        ),
      },
      { total: count },
    ),
    record({ letters: list(record({})) }, { total: count }),
  ],
  'groups:list': [
    record({
      at: text,
      groups: list(
        record({
          ...place,
          module: maybe(text),
          side: oneOf('source', 'target', 'unknown'),
          consumers: count,
          pending: count,
          lag: maybe(count),
          lagAtLeast: maybe(count),
          cursor: text,
          idleMs: maybe(figure),
        }),
      ),
    }),
  ],
  watch: [
    record({
      ...verdict,
      at: maybe(text),
      redis: flag,
      holding: list(record({ issue: text, message: text })),
      inDoubt: list(record({ issue: text, message: text })),
      halt: maybe(halt),
      announced: anything,
      drift: list(anything),
    }),
  ],
  report: [
    record(
      {
        source: text,
        target: text,
        phase: text,
        at: text,
        from: text,
        to: text,
        thresholds: record({}),
        modules: list(record({ module: text, moves: count, announced: count })),
        downtime: record({}),
        story: record({}),
        baseline: anything,
        success: record({ criteria: list(record({ criterion: text, verdict: text })) }),
        phases: list(record({})),
        charts: anything,
      },
      { output: text },
    ),
  ],
  rehearse: [
    record(
      {
        ...verdict,
        modules: list(
          record({
            module: text,
            published: count,
            handled: count,
            lost: count,
            twice: count,
            repeated: count,
            announced: count,
          }),
        ),
        durationMs: figure,
      },
      {
        rate: record({}),
        seed: text,
        moves: list(record({ command: text, exitCode, text, durationMs: figure })),
        directory: maybe(text),
      },
    ),
  ],
  'contracts:list': [
    record({
      directory: text,
      contracts: list(
        record({ type: text, title: maybe(text), description: maybe(text), file: text }),
      ),
    }),
  ],
  'contracts:show': [record({ type: text, file: text, schema: anything })],
  'contracts:check': [
    record({ ...verdict, directory: text, types: list(text) }),
    record({ ...verdict, type: text, checked: count, invalid: count, messages: list(record({})) }),
  ],
  'runbooks:list': [
    record({ runbooks: list(record({ id: text, title: text, file: text, steps: count })) }),
  ],
  'runbooks:show': [
    record({ runbook: record({ id: text, title: text, file: text, steps: list(record({})) }) }),
  ],
  'runbooks:check': [record({ ...verdict, checks: list(finding) })],
  'journal:list': [record({ ...journal, records: list(record({ seq: count, type: text })) })],
  'journal:show': [record({ ...journal, records: list(record({ seq: count, type: text })) })],
  'journal:verify': [record({ ...verdict, ...journal })],
  completion: [record({ shell: text, script: text })],
  schema: [record({ commands: list(text) }), record({ command: text, schema: record({}) })],
};
