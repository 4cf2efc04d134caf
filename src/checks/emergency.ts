import type { Baseline } from '../evidence/index.js';
import type { Thresholds } from '../facts/index.js';
import type { JsonObject, Verdict } from '../problems/index.js';
import {
  ISSUES,
  type Issue,
  type MatrixAnswer,
  type MatrixPhase,
  matrixAnswer,
  strongerAnswer,
} from './decision-matrix.js';
import type { EmergencyFigures } from './emergency-fold.js';

export interface EmergencyContext {
  /** Null before phase 1 has begun: then nothing is an emergency. */
  readonly phase: MatrixPhase | null;
  readonly thresholds: Thresholds;
  /** Null where no baseline was taken. */
  readonly baseline: Pick<Baseline, 'errorsPerMinute'> | null;
  /** Modules on the target, the one that moved last first. */
  readonly onTarget: readonly string[];
}

/** One emergency criterion. `fail`: it holds. `inconclusive`: nobody can tell. */
export interface IssueVerdict {
  readonly issue: Issue;
  readonly verdict: Verdict;
  readonly message: string;
  readonly figures: JsonObject;
  /** What the matrix says, were it to hold; null before phase 1. */
  readonly answer: MatrixAnswer | null;
}

export interface Emergency {
  /** All issues, in the order of the matrix. */
  readonly issues: readonly IssueVerdict[];
  /** Those that hold and mean something in this phase: each is a reason for a halt. */
  readonly holding: readonly IssueVerdict[];
  /** The strongest answer to those that hold; null where none does. */
  readonly answer: MatrixAnswer | null;
  /** Those that mean something in this phase and cannot be told. */
  readonly inDoubt: readonly IssueVerdict[];
}

/** Guide, "Emergency Stop Criteria", and the crash of the bus from its decision matrix. */
export function emergencyOf(figures: EmergencyFigures, context: EmergencyContext): Emergency {
  const issues = ISSUES.map((issue): IssueVerdict => {
    const { module = null, ...judged } = JUDGES[issue](figures, context);
    const { phase, onTarget } = context;
    const answer = phase === null ? null : matrixAnswer(issue, phase, { module, onTarget });
    return { issue, ...judged, answer };
  });
  const meant = issues.filter(({ answer }) => answer !== null && answer.action !== 'n/a');
  const holding = meant.filter(({ verdict }) => verdict === 'fail');
  const answers = holding.flatMap(({ answer }) => answer ?? []);
  const [first, ...others] = answers;
  return {
    issues,
    holding,
    answer: first === undefined ? null : others.reduce(strongerAnswer, first),
    inDoubt: meant.filter(({ verdict }) => verdict === 'inconclusive'),
  };
}

interface Judged {
  readonly verdict: Verdict;
  readonly message: string;
  readonly figures: JsonObject;
  /** The module it is about, where it is not the whole bus. */
  readonly module?: string | null;
}

type Judge = (figures: EmergencyFigures, context: EmergencyContext) => Judged;

const JUDGES: Readonly<Record<Issue, Judge>> = {
  'bus-crash': judgeBus,
  memory: judgeMemory,
  'contract-errors': judgeContracts,
  lag: judgeLags,
  'processing-errors': judgeErrors,
  'data-loss': judgeLosses,
};

/** Down in two looks, silent for a whole window, or started again and again. */
function judgeBus({ bus, windowMs, atMs }: EmergencyFigures): Judged {
  const figures = { ...bus, windowMs };
  if (atMs === null || bus.service === null) return unseen(figures);
  if (bus.downMs !== null && bus.downMs > 0) {
    return judged('fail', `the target bus is ${bus.service}`, figures);
  }
  if (bus.silentMs !== null && bus.silentMs > windowMs) {
    return judged('fail', 'the target bus does not answer', figures);
  }
  if (bus.restarts > 1) {
    return judged('fail', `the target bus was started again ${bus.restarts} times`, figures);
  }
  if (bus.downMs !== null || bus.silentMs !== null) {
    return judged('inconclusive', 'the target bus is down or silent, not for long yet', figures);
  }
  if (bus.restarts === 1) {
    return judged('inconclusive', 'the target bus was started again: by whom, nobody saw', figures);
  }
  const runs = bus.service === 'active' || bus.healthy === true;
  return runs ? judged('pass', 'the target bus runs', figures) : unseen(figures);
}

function judgeMemory({ memory }: EmergencyFigures, { thresholds }: EmergencyContext): Judged {
  const { alertBytes, sustainedMs } = thresholds.memory;
  const figures = { ...memory, alertBytes, sustainedMs };
  if (memory.rssBytes === null) return unseen(figures);
  if (memory.overAlertMs !== null && memory.overAlertMs > sustainedMs) {
    return judged('fail', 'memory has been above the alert for too long', figures);
  }
  return judged('pass', 'memory is not above the alert for long', figures);
}

/** Every line in the log of the bus is a message that was turned away: it counts as traffic. */
function judgeContracts(
  { contracts, coveredMs }: EmergencyFigures,
  { thresholds }: EmergencyContext,
): Judged {
  const bad = contracts.violations + contracts.logErrors;
  const traffic = contracts.checked + contracts.logErrors;
  const ratio = traffic === 0 ? null : bad / traffic;
  const figures = { ...contracts, ratio, alert: thresholds.contractErrors };
  if (traffic === 0 && contracts.unchecked > 0) return unseen(figures);
  if (ratio === null || ratio <= thresholds.contractErrors) {
    return coveredMs === 0 && bad === 0
      ? unseen(figures)
      : judged('pass', 'messages keep their contracts', figures);
  }
  // A single message among a few is above any percentage, and says nothing about it.
  if (bad === 1 && traffic * thresholds.contractErrors < 1) {
    return judged('inconclusive', 'one message among few breaks its contract', figures);
  }
  return judged('fail', `${bad} of ${traffic} messages break their contracts`, figures);
}

function judgeLags(
  { lags, atMs, coveredMs }: EmergencyFigures,
  { thresholds }: EmergencyContext,
): Judged {
  const { alert, sustainedMs } = thresholds.lag;
  const figures = { lags: lags.map((lag) => ({ ...lag })), alert, sustainedMs };
  const over = lags
    .filter(({ overAlertMs }) => overAlertMs !== null && overAlertMs > sustainedMs)
    .sort((a, b) => b.work - a.work);
  const [worst] = over;
  if (worst !== undefined) {
    const text = `${worst.work} messages have waited too long for ${worst.group} on ${worst.stream}`;
    return { ...judged('fail', text, figures), module: worst.module };
  }
  if (atMs === null || coveredMs === 0) return unseen(figures);
  return judged('pass', 'no backlog is above the alert for long', figures);
}

/**
 * More error lines than the baseline and half of it allow, by more than chance would do: three
 * standard deviations of such a count. What lies between the two is in doubt. A critical line is one
 * too many.
 */
function judgeErrors(
  { errors, coveredMs }: EmergencyFigures,
  { thresholds, baseline }: EmergencyContext,
): Judged {
  const rows = errors.map((row) => {
    const perMinute = baseline?.errorsPerMinute[row.module] ?? null;
    const expected = perMinute === null ? null : perMinute * (row.coveredMs / 60_000);
    const allowed = expected === null ? null : expected * (1 + thresholds.errorIncrease);
    const limit = allowed === null ? null : allowed + 3 * Math.sqrt(Math.max(allowed, 1));
    return { ...row, baselinePerMinute: perMinute, allowed, limit };
  });
  const figures = { modules: rows.map((row) => ({ ...row })), coveredMs };
  const critical = rows.find((row) => (row.critical ?? 0) > 0);
  if (critical !== undefined) {
    const text = `${critical.module} has had ${critical.critical} critical errors`;
    return { ...judged('fail', text, figures), module: critical.module };
  }
  const above = rows.find(({ errors: found, limit }) => found !== null && found > (limit ?? found));
  if (above !== undefined) {
    const text = `${above.module} has had ${above.errors} errors where ${(above.allowed ?? 0).toFixed(1)} are allowed`;
    return { ...judged('fail', text, figures), module: above.module };
  }
  const doubtful = rows.find(
    ({ errors: found, allowed }) => found === null || found > (allowed ?? 0),
  );
  if (doubtful !== undefined) {
    const why = doubtful.errors === null ? 'cannot be counted' : 'are more than expected, or few';
    const text = `the errors of ${doubtful.module} ${why}`;
    return { ...judged('inconclusive', text, figures), module: doubtful.module };
  }
  if (coveredMs === 0) return unseen(figures);
  return judged('pass', 'no module has more errors than it had', figures);
}

function judgeLosses({ losses, atMs }: EmergencyFigures): Judged {
  const figures = { groups: losses.map((loss) => ({ ...loss })) };
  const found = losses.find(({ lost }) => lost !== null && lost > 0);
  if (found !== undefined) {
    const text = `${found.lost} messages of ${found.group} on ${found.stream} are lost`;
    return { ...judged('fail', text, figures), module: found.module };
  }
  if (atMs === null || losses.some(({ lost }) => lost === null)) return unseen(figures);
  return judged('pass', 'nothing is lost', figures);
}

function judged(verdict: Verdict, message: string, figures: JsonObject): Judged {
  return { verdict, message, figures };
}

function unseen(figures: JsonObject): Judged {
  return judged('inconclusive', 'there is not enough evidence', figures);
}
