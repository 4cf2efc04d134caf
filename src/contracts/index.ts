export {
  type Contract,
  type ContractResult,
  type Contracts,
  type ParsedMessage,
  type Rejection,
  type Violation,
  violationText,
} from './contracts.js';
export { loadContracts } from './load-contracts.js';
