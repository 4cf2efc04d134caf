export { baselinePage } from './baseline-report.js';
export {
  type CheckName,
  type CheckResult,
  checkCode,
  checkStatus,
  unchecked,
} from './check-result.js';
export { type ClaimPlanRow, claimPage, claimPlanPage } from './claim-report.js';
export { deadLettersFooting, deadLettersTable } from './dead-letters-report.js';
export { emergencyPage } from './emergency-report.js';
export { countOfFindings, findingLines } from './findings-report.js';
export {
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatRatio,
  UNKNOWN,
} from './format.js';
export { type GroupRow, groupsTable } from './groups-report.js';
export {
  type JournalFilter,
  type JournalStanding,
  journalPage,
  journalStanding,
  journalVerdictPage,
  recordsPage,
  selectRecords,
} from './journal-report.js';
export { JsonWriter } from './json-writer.js';
export { type JudgedGroup, lagCheck } from './lag-check.js';
export { lagLine } from './lag-line.js';
export { type LagReport, lagTable, lagText } from './lag-report.js';
export {
  type GivenMessage,
  type JudgedMessage,
  judgeMessages,
  type MessagesReport,
  messagesPage,
} from './messages-report.js';
export { movePlanPage, type PlannedMove, titleOf } from './move-report.js';
export { nagiosText } from './nagios-text.js';
export {
  type Cell,
  type Column,
  cell,
  figureColumn,
  GAP,
  type Line,
  line,
  nameColumn,
  type Page,
  type Table,
  type Tone,
  textColumn,
  wholeColumn,
} from './page.js';
export { pendingDetails, pendingFooting, pendingHeading, pendingTable } from './pending-report.js';
export { phaseNothingPage, phasePlanPage, phaseResultPage, phaseTitle } from './phase-report.js';
export { printable, printableJson, printableLines } from './printable.js';
export { progressText } from './progress-text.js';
export { prometheusText } from './prometheus-text.js';
export { RECKONED_MS, type RehearsalReport, rehearsalPage } from './rehearsal-report.js';
export { reportHtml } from './report-html.js';
export { reportMarkdown } from './report-markdown.js';
export { type EndedRun, type EndedStep, runPage, type StepStatus } from './run-report.js';
export { runbookPage, runbooksTable } from './runbook-report.js';
export { DOCUMENTED, documentSchema } from './schemas/document-schema.js';
export { statusCheck } from './status-check.js';
export { statusPage } from './status-report.js';
export { validateCheck } from './validate-check.js';
export { validatePage } from './validate-report.js';
