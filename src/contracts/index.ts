export {
  type Contract,
  type ContractResult,
  type Contracts,
  MAX_VIOLATIONS,
  type ParsedMessage,
  type Rejection,
  type Violation,
  violationText,
} from './contracts.js';
export { type LoadOptions, loadContracts } from './load-contracts.js';
