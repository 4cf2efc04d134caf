import { probeCapabilities } from '../redis/index.js';
import type { GroupsContext } from '../steps/index.js';
import type { Session } from './session.js';

/** What a look at the groups goes by. @throws {OrionError} when Redis does not answer */
export async function groupsContext(session: Session): Promise<GroupsContext> {
  const { config: plan } = session;
  const redis = await session.redis();
  return { plan, redis, capabilities: await probeCapabilities(redis, plan.streams.prefix) };
}
