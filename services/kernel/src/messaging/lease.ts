import { execute, select, type Database } from '../database/database';
import { OUTBOX_BUCKETS } from './outbox';

export const LEASE_S = 10;

/**
 * Takes, renews and gives up outbox buckets, by the database's clock. A lease keeps relays from doing the same work
 * twice; it is no fence, and none is needed, for the inbox drops what two relays both publish.
 * Relays that are alive share the buckets evenly.
 * @returns the buckets that are this owner's for the next 10 s
 */
export async function renewLeases(database: Database, owner: string): Promise<number[]> {
  const expiry = `CURRENT_TIMESTAMP(6) + INTERVAL ${LEASE_S} SECOND`;
  await execute(
    database,
    `INSERT INTO outbox_relay (owner, expires_at) VALUES (?, ${expiry}) ON DUPLICATE KEY UPDATE expires_at = ${expiry}`,
    [owner],
  );
  await execute(database, 'DELETE FROM outbox_relay WHERE expires_at < CURRENT_TIMESTAMP(6)');
  const [relays] = await select<{ alive: number }>(database, 'SELECT COUNT(*) AS alive FROM outbox_relay');
  const share = Math.ceil(OUTBOX_BUCKETS / Math.max(1, relays?.alive ?? 1));

  const held = await heldBuckets(database, owner);
  const surplus = held.slice(share);
  if (surplus.length > 0) {
    await execute(
      database,
      `UPDATE outbox_lease SET expires_at = CURRENT_TIMESTAMP(6) WHERE owner = ? AND bucket IN (${surplus.map(() => '?').join(', ')})`,
      [owner, ...surplus],
    );
  }
  const kept = held.slice(0, share);
  if (kept.length > 0) {
    await execute(
      database,
      `UPDATE outbox_lease SET expires_at = ${expiry} WHERE owner = ? AND expires_at > CURRENT_TIMESTAMP(6)
         AND bucket IN (${kept.map(() => '?').join(', ')})`,
      [owner, ...kept],
    );
  }
  if (kept.length < share) {
    await execute(
      database,
      `UPDATE outbox_lease SET owner = ?, expires_at = ${expiry} WHERE expires_at <= CURRENT_TIMESTAMP(6)
       ORDER BY bucket LIMIT ?`,
      [owner, share - kept.length],
    );
  }
  return heldBuckets(database, owner);
}

/**
 * Resolves when all that was read before is on the server's disk. A commit is seen by others a moment before it is
 * there, and a server that dies in between has never heard of it: what such rows tell must not get out. The server
 * writes its log in order, so that a later commit of one's own that was answered proves every earlier one.
 */
export async function untilDurable(database: Database, owner: string): Promise<void> {
  await execute(
    database,
    `INSERT INTO outbox_relay (owner, expires_at) VALUES (?, CURRENT_TIMESTAMP(6) + INTERVAL ${LEASE_S} SECOND)
     ON DUPLICATE KEY UPDATE looks = looks + 1`,
    [owner],
  );
}

export async function releaseLeases(database: Database, owner: string): Promise<void> {
  await execute(database, 'UPDATE outbox_lease SET expires_at = CURRENT_TIMESTAMP(6) WHERE owner = ?', [
    owner,
  ]);
  await execute(database, 'DELETE FROM outbox_relay WHERE owner = ?', [owner]);
}

async function heldBuckets(database: Database, owner: string): Promise<number[]> {
  const rows = await select<{ bucket: number }>(
    database,
    'SELECT bucket FROM outbox_lease WHERE owner = ? AND expires_at > CURRENT_TIMESTAMP(6) ORDER BY bucket',
    [owner],
  );
  return rows.map(({ bucket }) => bucket);
}
