import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { httpHeaders, type Operation } from '@naru/contracts';
import { execute, select, transaction, type Database, type Transaction } from '../database/database';
import { isDuplicateKey, problem, type ProblemError } from '../errors';
import { callerScope, type Caller } from './caller';
import { canonicalJson } from './canonical-json';

const KEY_LIFETIME_H = 24;
const PURGE_BATCH_ROWS = 500;
const PURGE_BATCHES_MAX = 20;
/** Rounds of inserting against a row that is expired or just purged; each removes one cause of the next. */
const ROUNDS_MAX = 3;

const EXPIRED = `created_at < NOW(6) - INTERVAL ${KEY_LIFETIME_H} HOUR`;
const SAME_KEY = 'scope = ? AND operation = ? AND idempotency_key = ?';

interface Identified {
  readonly hmacSecret: string;
  readonly operation: Operation;
  readonly caller: Caller;
  readonly key: string;
  /** All that makes a request what it is: params, query, body. */
  readonly input: unknown;
}

interface StoredReply {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The `Idempotency-Key` of a request, if any.
 * @throws ProblemError 400 unless it is given once, as 1–255 printable ASCII characters
 */
export function readIdempotencyKey(request: IncomingMessage): string | undefined {
  // Most requests have none, and telling fields apart costs.
  if (request.headers[httpHeaders.idempotencyKey] === undefined) return undefined;
  const [value = '', ...more] = request.headersDistinct[httpHeaders.idempotencyKey] ?? [];
  if (more.length > 0 || !/^[\x20-\x7e]{1,255}$/.test(value)) {
    throw problem('idempotency-key-invalid', 'Idempotency-Key is 1 to 255 printable ASCII, given once');
  }
  return value;
}

/**
 * Runs work in a transaction that also stores its answer under the key, or gives the answer stored before.
 * A repeat that comes while the first still runs waits for the first's row lock. Failed work stores nothing.
 * @throws ProblemError 422 when the key was used for another request, 409 when the first holds it too long
 */
export async function once<R extends StoredReply>(
  database: Database,
  request: Identified,
  work: (trx: Transaction) => Promise<R>,
): Promise<R> {
  const row = [callerScope(request.caller), request.operation.id, request.key] as const;
  const fingerprint = fingerprintOf(request);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const done = await transaction(database, async (trx) => {
      if (!(await claim(trx, row, fingerprint))) return undefined;
      const reply = await work(trx);
      await store(trx, row, request.operation.status, reply);
      return reply;
    });
    if (done) return done;
    const stored = await recall(database, row, fingerprint);
    if (stored) return stored as R;
  }
  throw inUse();
}

type Row = readonly [scope: string, operation: string, key: string];

/** False when a committed row has the key; after that error the transaction holds nothing but a shared lock. */
async function claim(trx: Transaction, row: Row, fingerprint: Buffer): Promise<boolean> {
  try {
    await execute(
      trx,
      'INSERT INTO idempotency_keys (scope, operation, idempotency_key, fingerprint) VALUES (?, ?, ?, ?)',
      [...row, fingerprint],
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    // Waiting again would only wait for the same transaction, so this is not left to the retry on contention.
    if ((error as { code?: string }).code === 'ER_LOCK_WAIT_TIMEOUT') throw inUse(error);
    throw error;
  }
}

async function store(trx: Transaction, row: Row, status: number, reply: StoredReply): Promise<void> {
  const headers = JSON.stringify(reply.headers ?? {});
  const body = reply.body === undefined ? null : JSON.stringify(reply.body);
  await execute(trx, `UPDATE idempotency_keys SET status = ?, headers = ?, body = ? WHERE ${SAME_KEY}`, [
    status,
    headers,
    body,
    ...row,
  ]);
}

/** The stored answer; undefined when the row is gone or was too old and is gone now. */
async function recall(database: Database, row: Row, fingerprint: Buffer): Promise<StoredReply | undefined> {
  const [found] = await select<{
    fingerprint: Buffer;
    headers: string;
    body: string | null;
    expired: number;
  }>(
    database,
    `SELECT fingerprint, headers, body, ${EXPIRED} AS expired FROM idempotency_keys WHERE ${SAME_KEY}`,
    row,
  );
  if (!found) return undefined;
  if (found.expired) {
    await execute(database, `DELETE FROM idempotency_keys WHERE ${SAME_KEY} AND ${EXPIRED}`, row);
    return undefined;
  }
  if (!timingSafeEqual(found.fingerprint, fingerprint)) {
    throw problem('idempotency-key-reused', 'this Idempotency-Key was used for another request');
  }
  return {
    ...(found.body !== null && { body: JSON.parse(found.body) as unknown }),
    headers: {
      ...(JSON.parse(found.headers) as Record<string, string>),
      [httpHeaders.idempotencyReplayed]: 'true',
    },
  };
}

/** An HMAC rather than a hash, for the input may hold a password that a plain hash would let be guessed. */
function fingerprintOf({ hmacSecret, operation, input }: Identified): Buffer {
  return createHmac('sha256', Buffer.from(hmacSecret, 'hex'))
    .update(`${operation.id}\n${canonicalJson(input)}`)
    .digest();
}

function inUse(cause?: unknown): ProblemError {
  return problem('idempotency-key-in-use', 'a request with this Idempotency-Key is still running', {
    headers: { 'Retry-After': '1' },
    cause,
  });
}

/** Removes keys older than 24 h in batches of 500, at most 20; the kernel's lifecycle calls it periodically. */
export async function purgeIdempotencyKeys(database: Database): Promise<number> {
  let purged = 0;
  for (let batch = 0; batch < PURGE_BATCHES_MAX; batch++) {
    const { affectedRows } = await execute(
      database,
      `DELETE FROM idempotency_keys WHERE ${EXPIRED} LIMIT ${PURGE_BATCH_ROWS}`,
    );
    purged += affectedRows;
    if (affectedRows < PURGE_BATCH_ROWS) break;
  }
  return purged;
}
