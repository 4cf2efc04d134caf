import { exitCode, halt, place, planned, step, verdict } from './common.js';
import { anything, count, figure, flag, list, maybe, record, type Shape, text } from './shape.js';

const ofRun = {
  ...verdict,
  verb: text,
  run: maybe(text),
  outcome: text,
  undo: text,
  undoError: maybe(text),
  open: flag,
  halted: anything,
  announced: count,
  lost: count,
} as const;

/** One module moved, put back or settled. */
const moved = record({
  ...ofRun,
  module: text,
  unaudited: list(text),
  steps: list(step),
  undoSteps: list(step),
});

/** A phase begun, ended or taken back, with what became of each module in it. */
const phase = record(
  {
    ...ofRun,
    durationMs: figure,
    modules: list(record({ module: text, outcome: text }, { exitCode, announced: count })),
    left: list(record({ id: text, title: text, why: maybe(text) })),
    steps: list(step),
    undoSteps: list(step),
  },
  { reckonedMs: figure },
);

const already = record(
  { ...verdict, already: { const: true }, soakLeftMs: maybe(figure) },
  { verb: text, phase: text, module: text },
);

const nothing = record({
  ...verdict,
  modules: list(record({ module: text, outcome: text, because: text })),
});

const claimed = record(
  { ...verdict, claimed: count, acknowledged: count, failed: count },
  {
    complete: flag,
    notIdle: count,
    held: count,
    ghosts: count,
    lostRace: count,
    stale: count,
    settled: count,
    moved: count,
    failures: list(record({})),
  },
);

/** The documents of the commands that change something, by the command's id. */
export const CHANGING: Readonly<Record<string, readonly Shape[]>> = {
  'phase1:start': [phase, already, planned],
  'phase2:migrate': [moved, already, planned],
  'phase3:cutover': [phase, already, planned],
  'phase3:finalize': [phase, already, planned],
  rollback: [moved, phase, already, nothing, planned],
  'groups:settle': [moved, planned],
  'groups:repair': [record({ ...verdict, mended: count, groups: list(record(place)) }), planned],
  'groups:remove': [record({ ...verdict, removed: flag, ...place }), planned],
  claim: [claimed, record({ ...verdict, planFile: text, entries: count }), planned],
  ack: [
    record({
      ...verdict,
      complete: flag,
      acknowledged: count,
      settled: count,
      moved: count,
      notPending: list(anything),
    }),
    planned,
  ],
  halt: [
    record({ ...verdict, raised: flag, halt }),
    record({ ...verdict, cleared: maybe(halt), journaled: flag }),
  ],
  baseline: [record({ ...verdict, path: text, baseline: record({}) })],
  publish: [
    record({ type: text, published: count, ids: list(text) }),
    record({ ...verdict, type: text, checked: count, invalid: count, messages: list(record({})) }),
  ],
  serve: [record(verdict)],
  init: [record({ ...verdict, files: list(text) }, { dryRun: flag })],
  'journal:adopt': [record({ ...verdict, journal: text, modules: anything }), planned],
};
