import type { MigrationHistory } from '../checks/index.js';
import type { Contracts } from '../contracts/index.js';
import type { Plan } from '../facts/index.js';
import type { Clock } from '../problems/index.js';
import type { Capabilities, RedisLink } from '../redis/index.js';
import type { Services } from '../services/index.js';

/** What the daily check goes by. */
export interface ValidateContext {
  readonly plan: Plan;
  readonly services: Services;
  readonly contracts: () => Promise<Contracts>;
  readonly clock: Clock;
  readonly history: MigrationHistory | null;
}

/** What the checks of groups and messages are given once Redis is there. */
export interface LiveValidateContext extends ValidateContext {
  readonly redis: RedisLink;
  readonly capabilities: Capabilities;
}
