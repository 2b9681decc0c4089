import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRedis, InfrastructureError, type Redis } from '@naru/kernel';
import { freePort, infrastructure } from '@naru/testing';
import { createEventLease, idempotencyKey, LEASE_MS, type EventLease } from '../src/event-lease';

let redis: Redis;
let lease: EventLease;

beforeAll(async () => {
  redis = createRedis(infrastructure().redisUrl, () => undefined);
  await once(redis, 'ready');
  lease = createEventLease(redis);
});

afterAll(() => redis?.disconnect());

describe('the lease of an event', () => {
  it('is taken by one of many, under the key that source C names, and ends by itself', async () => {
    const id = randomUUID();
    const outcomes = await Promise.all(['a', 'b', 'c'].map((token) => lease.take(id, token)));
    expect(outcomes.sort()).toEqual(['held', 'held', 'taken']);
    const ttl_ms = await redis.pttl(`notification:idempotency:${id}`);
    expect(ttl_ms).toBeGreaterThan(0);
    expect(ttl_ms).toBeLessThanOrEqual(LEASE_MS);
  });

  it('is released by its holder only', async () => {
    const id = randomUUID();
    await lease.take(id, 'holder');
    await lease.release(id, 'another');
    expect(await lease.take(id, 'next')).toBe('held');
    await lease.release(id, 'holder');
    expect(await lease.take(id, 'next')).toBe('taken');
  });

  it('says done once that is marked, whoever asks, and no token of theirs releases that', async () => {
    const id = randomUUID();
    await lease.take(id, 'holder');
    await lease.markDone(id);
    await lease.release(id, 'holder');
    expect(await lease.take(id, 'holder')).toBe('done');
    expect(await redis.ttl(idempotencyKey(id))).toBeGreaterThan(LEASE_MS / 1_000);
  });

  it('is neither had nor refused while Redis is away: that is infrastructure', async () => {
    const nobody = createRedis(`redis://127.0.0.1:${await freePort()}`, () => undefined);
    const away = createEventLease(nobody);
    const id = randomUUID();
    for (const attempt of [() => away.take(id, 'a'), () => away.release(id, 'a'), () => away.markDone(id)]) {
      const failure = await attempt().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(InfrastructureError);
      expect(failure).toMatchObject({ dependency: 'redis' });
    }
    nobody.disconnect();
  });

  it('is not had either when Redis refuses the command', async () => {
    const id = randomUUID();
    await redis.lpush(idempotencyKey(id), 'not a string');
    await expect(lease.take(id, 'a')).rejects.toBeInstanceOf(InfrastructureError);
  });
});
