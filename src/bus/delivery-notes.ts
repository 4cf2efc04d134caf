import type { BusMetrics } from './bus-metrics.js';
import type { DeliveryProblem } from './delivery.js';
import type { SubscriptionRequest } from './http-subscriptions.js';
import type { Log } from './log.js';

/** What is logged and counted about what went wrong with a subscription. No payload gets into either. */
export function deliveryNotes(
  log: Log,
  metrics: BusMetrics,
): (request: SubscriptionRequest, problem: DeliveryProblem) => void {
  return ({ type, group, consumer }, problem) => {
    const who = { type, group, consumer };
    switch (problem.kind) {
      case 'lost':
        log('warn', 'subscription interrupted', { ...who, problem: problem.problem });
        break;
      case 'resumed':
        log('info', 'subscription resumed', who);
        break;
      case 'regrouped':
        log('error', 'the group was gone and was made again', { ...who, cursor: problem.cursor });
        break;
      case 'dead-letter': {
        metrics.deadLettered(type, problem);
        const { id, deliveries, reason } = problem;
        const what = problem.contract ? 'contract validation failed, ' : '';
        log('warn', `${what}moved to the dead letters`, { ...who, id, deliveries, reason });
        break;
      }
      case 'not-moved':
        log('error', 'cannot move to the dead letters yet', {
          ...who,
          id: problem.id,
          problem: problem.problem,
        });
        break;
      case 'ownership-lost':
        log('warn', 'messages were taken over by another consumer', {
          ...who,
          count: problem.ids.length,
        });
        break;
      case 'ghosts':
        metrics.ghosts(type, problem.ids.length);
        log('error', 'messages were trimmed before they were done', {
          ...who,
          count: problem.ids.length,
        });
        break;
    }
  };
}
