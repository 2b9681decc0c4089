import { operations } from '@naru/contracts';
import { callService, type Log, type Redis } from '@naru/kernel';

const FETCH_DEADLINE_MS = 2_000;
const REDIS_KEY = 'naru:jwks';

/**
 * The JWKS from the user service; the last one is also kept in Redis, so that a gateway that starts while the user
 * service is down can verify tokens all the same. Redis gets it again whenever it comes (back).
 */
export function createKeySource(userServiceUrl: string, redis: Redis, log: Log): () => Promise<unknown> {
  let last: string | null = null;
  const keep = () => {
    if (last !== null) redis.set(REDIS_KEY, last).catch(() => undefined);
  };
  redis.on('ready', keep);

  return async () => {
    try {
      const jwks = await callService(
        userServiceUrl,
        operations.getJwks,
        {},
        { deadline_ms: FETCH_DEADLINE_MS },
      );
      last = JSON.stringify(jwks);
      keep();
      return jwks;
    } catch (error) {
      log.warn({ err: error }, 'no JWKS from the user service; the last one is used');
      const kept = await redis.get(REDIS_KEY).catch(() => null);
      if (kept === null) throw error;
      return JSON.parse(kept) as unknown;
    }
  };
}
