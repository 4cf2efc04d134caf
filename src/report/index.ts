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
export {
  type GroupLag,
  type Headroom,
  headroomText,
  type LagReport,
  type LagState,
  lagTable,
  lagText,
} from './lag-report.js';
export {
  type GivenMessage,
  type JudgedMessage,
  judgeMessages,
  type MessagesReport,
  messagesPage,
} from './messages-report.js';
export { gateLines, movePlanPage, type PlannedMove, titleOf } from './move-report.js';
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
export { type PendingOfGroup, type PendingRow, pendingPage } from './pending-report.js';
export { printable, printableJson, printableLines } from './printable.js';
export { type EndedRun, type EndedStep, runPage, type StepStatus } from './run-report.js';
export { runbookPage, runbooksTable } from './runbook-report.js';
export {
  type Check,
  type CheckGroup,
  judge,
  type ValidateReport,
  validatePage,
} from './validate-report.js';
