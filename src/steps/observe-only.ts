import { discoverStreams, groupOf, lookAtReaders, readersOfGroup } from '../facts/index.js';
import { OrionError } from '../problems/index.js';
import { lookingPhaseKind } from './define-step.js';

/**
 * Guide, phase 1, "Observation mode": the target bus runs and reads nothing. Whoever reads with a target
 * group while its module is on the source would take messages that the module is owed later.
 */
export const observeOnly = lookingPhaseKind({
  name: 'observe-only',
  summary: 'Nobody reads with any target group, so that the target bus only observes.',
  nature: 'check',
  describe: () => 'see that nobody reads with a target group',
  async look({ plan, redis, clock, history }) {
    const look = await lookAtReaders(redis, { clock, allowed: plan.handoff.probe });
    const { database } = redis;
    let groups = 0;
    for (const { stream, type, groups: found } of await discoverStreams(
      redis,
      plan.streams.prefix,
    )) {
      for (const module of plan.modules) {
        const group = groupOf(module, type, 'target');
        if (!found.includes(group) || history.modules.get(module.name)?.side === 'target') continue;
        groups += 1;
        const [reader] = readersOfGroup(look, { stream, group, database });
        if (reader === undefined) continue;
        throw new OrionError({
          kind: 'fence',
          code: 'observe.reader',
          message: `${reader.consumer} at ${reader.address} reads ${group} on ${stream}, although ${module.name} is on the source.`,
          hint: 'In phase 1 the target bus only observes. Stop that reader.',
          next: ['orion-bus groups', 'orion-bus status'],
        });
      }
    }
    return { how: look.how, reason: look.reason, groups };
  },
  findings: ({ how, reason }) =>
    how === 'seen'
      ? []
      : [
          {
            id: 'observe.skipped',
            status: 'warn',
            message: `whether anybody reads with a target group could not be looked at: ${String(reason)}`,
          },
        ],
});
