import {
  REVOCATIONS_COMPLETE_KEY,
  revokedTokenKey,
  type Database,
  type Log,
  type Part,
  type Redis,
} from '@naru/kernel';
import { insertRevocation, listRevocations, purgeRevocations, type Revocation } from './store';

/** More than any verifier's tolerance for clocks that differ, so that a revocation outlives its token everywhere. */
const CLOCK_MARGIN_S = 60;
const BATCH_ROWS = 500;
const BATCHES_MAX = 40;
const RESTORE_RETRY_MS = 1_000;
const PURGE_INTERVAL_MS = 60_000;

export interface Revocations extends Part {
  /** Refuses a token from now on until it has expired. @param expiresAt_s seconds since 1970 */
  revoke(jti: string, expiresAt_s: number): Promise<void>;
}

export interface RevocationParts {
  readonly database: Database;
  readonly redis: Redis;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * Tokens that were logged out: kept in the database, and copied to Redis, where the gateway looks. The copy is
 * written anew whenever Redis comes (back), for it may have come back empty, and after a write to it failed.
 */
export function createRevocations({ database, redis, log, clock }: RevocationParts): Revocations {
  const timers: NodeJS.Timeout[] = [];
  let isCopied = false;
  let work = Promise.resolve();
  const now_s = () => Math.floor(clock() / 1000);

  /** Runs jobs one after the other; what fails is tried at the next tick. */
  function enqueue(what: string, job: () => Promise<void>): void {
    work = work.then(job).catch((error: unknown) => log.warn({ error: String(error) }, `${what} is put off`));
  }

  async function copyToRedis(revocations: readonly Revocation[]): Promise<void> {
    await Promise.all(
      revocations
        .map(({ jti, forgetAfter_s }) => ({ key: revokedTokenKey(jti), ttl_s: forgetAfter_s - now_s() }))
        .filter(({ ttl_s }) => ttl_s > 0)
        .map(({ key, ttl_s }) => redis.set(key, '1', 'EX', ttl_s)),
    );
  }

  async function restore(): Promise<void> {
    if (isCopied || redis.status !== 'ready') return;
    // Set before the work, so that a failure or a new connection meanwhile asks for it again.
    isCopied = true;
    try {
      let copied = 0;
      let page: Revocation[] = [];
      do {
        page = await listRevocations(database, now_s(), page.at(-1)?.jti ?? '', BATCH_ROWS);
        await copyToRedis(page);
        copied += page.length;
      } while (page.length === BATCH_ROWS);
      await redis.set(REVOCATIONS_COMPLETE_KEY, '1');
      if (copied > 0) log.info({ copied }, 'revoked tokens are in Redis again');
    } catch (error) {
      isCopied = false;
      throw error;
    }
  }

  async function purge(): Promise<void> {
    for (let batch = 0; batch < BATCHES_MAX; batch++) {
      if ((await purgeRevocations(database, now_s(), BATCH_ROWS)) < BATCH_ROWS) break;
    }
  }

  const onReady = () => {
    isCopied = false;
    enqueue('restoring revoked tokens', restore);
  };

  return {
    async start() {
      redis.on('ready', onReady);
      onReady();
      enqueue('purging revoked tokens', purge);
      timers.push(
        setInterval(() => isCopied || enqueue('restoring revoked tokens', restore), RESTORE_RETRY_MS),
        setInterval(() => enqueue('purging revoked tokens', purge), PURGE_INTERVAL_MS),
      );
    },
    async stop() {
      redis.off('ready', onReady);
      timers.forEach((timer) => clearInterval(timer));
      await work;
    },
    async revoke(jti, expiresAt_s) {
      const revocation = { jti, forgetAfter_s: expiresAt_s + CLOCK_MARGIN_S };
      await insertRevocation(database, revocation);
      await copyToRedis([revocation]).catch((error: unknown) => {
        isCopied = false;
        log.warn({ error: String(error) }, 'a revoked token is not in Redis yet');
      });
    },
  };
}
