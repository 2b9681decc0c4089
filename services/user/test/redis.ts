import { once } from 'node:events';
import { createRedis, type Redis } from '@naru/kernel';
import { infrastructure } from '@naru/testing';

/** A connection to the run's Redis that takes commands. */
export async function connectedRedis(): Promise<Redis> {
  const redis = createRedis(infrastructure().redisUrl, () => undefined);
  await once(redis, 'ready');
  return redis;
}
