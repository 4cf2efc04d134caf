export { ackAnswer } from './ack-answer.js';
export { adoptAnswer } from './adopt-answer.js';
export type { Answer } from './answer.js';
export { BaseCommand } from './base-command.js';
export { type Changer, ChangerCommand } from './changer-command.js';
export { claimAnswer } from './claim-answers.js';
export { claimDestination, minIdleOf } from './claim-flags.js';
export type { Proposal } from './confirmation.js';
export {
  checkMessages,
  knownContract,
  messageLines,
  messagesIn,
  singleMessage,
} from './contract-messages.js';
export { deadClaimAnswer, deadLettersAnswer } from './dead-answers.js';
export { durationFlag } from './duration-flag.js';
export { changeFlags, leaseFlags } from './flags.js';
export { groupsAnswer } from './group-answers.js';
export { removeAnswer, repairAnswer } from './group-upkeep-answers.js';
export { clearHaltAnswer, haltAnswer } from './halt-answers.js';
export { openHost } from './host.js';
export { initAnswer, unitsHome } from './init-answer.js';
export { type Input, readInput } from './input.js';
export type { Interrupted, Interruption } from './interruption.js';
export { journalList, journalRecords, journalVerdict } from './journal-answers.js';
export { lagAnswer } from './lag-answer.js';
export { hasViewer, liveLag } from './live-lag.js';
export { type Mover, migrateAnswer, rollbackAnswer, settleAnswer } from './move-answers.js';
export { MoverCommand } from './mover-command.js';
export { lookOf } from './output.js';
export { afterId, pendingAnswer } from './pending-answer.js';
export { publishMessages } from './publish-messages.js';
export { rehearsalDrill } from './rehearsal-drill.js';
export { rehearseAnswer } from './rehearse-answer.js';
export { REPORT_FORMATS, reportAnswer } from './report-answer.js';
export { knownRunbook, runbookFindings } from './runbook-answers.js';
export { runbooksFlags } from './runbook-folders.js';
export { checkedIdle, readToken, redisOfFlag } from './serve-flags.js';
export { statusAnswer } from './status-answer.js';
export type { Surroundings } from './surroundings.js';
export { timeFlag } from './time-flag.js';
export { validateAnswer } from './validate-answer.js';
export { watchLag } from './watch-lag.js';
