import type { Database } from '../database/database';
import type { Log } from '../log';
import type { Metrics } from '../telemetry/metrics';
import { backoff_ms, pause } from '../wait';
import type { Broker } from './broker';
import { RecordRefusedError } from './kafka-records';
import { LEASE_S, releaseLeases, renewLeases, untilDurable } from './lease';
import {
  markFailed,
  markPublished,
  noteAttempt,
  outboxState,
  pendingRows,
  type PendingRow,
} from './outbox-store';
import { createLanes, type Lane } from './relay-lanes';
import { createMarks } from './relay-marks';
import { tellOfSend } from './send-spans';

const POLL = { busy_ms: 10, idle_ms: 250 };
/** So long after rows were found there is taken to be work. */
const WORK_MS = 1_000;
const LEASE_RENEWAL_MS = 3_000;
const STATE_INTERVAL_MS = 2_000;
/** After this, what is in flight is left to be published again by whoever relays next. */
const SENDS_WAIT_MS = 2_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 5_000;

export interface Relay {
  start(): void;
  /** Rows were committed in this process: look at once. */
  wake(): void;
  /** Publishes what is pending, as far as that goes within the deadline, then gives its leases up. */
  stop(drain_ms: number): Promise<void>;
}

export interface RelayParts {
  readonly database: Database;
  readonly broker: Pick<Broker, 'produce'>;
  readonly owner: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How often the outbox is looked at without being woken: while there is work, and while there is none. */
  readonly poll?: { readonly busy_ms: number; readonly idle_ms: number };
}

/**
 * Publishes outbox rows: takes a lane's oldest pending rows, sends them, waits for the acknowledgement, marks them.
 * A lane is a topic partition; each has at most one send in flight, and a slow lane holds up no other. While a send or
 * a mark is under way the next rows are read already.
 * A crash between acknowledgement and mark publishes rows again, in the same order; the inbox drops the repeats.
 */
export function createRelay({ database, broker, owner, log, metrics, poll = POLL }: RelayParts): Relay {
  const stopping = new AbortController();
  const lanes = createLanes();
  const sends = new Set<Promise<void>>();
  const marks = createMarks({
    database,
    log,
    metrics,
    stopping: stopping.signal,
    onMarked(rows) {
      lanes.release(rows);
      if (draining || moreToRead) wake();
    },
  });
  let buckets: readonly number[] = [];
  let leaseRenewed_ms = -Infinity;
  let stateRead_ms = -Infinity;
  let found_ms = -Infinity;
  /** The last look brought as many rows as it might. */
  let moreToRead = false;
  let wakeUp = () => {};
  let awake = false;
  let draining = false;
  let loop: Promise<void> = Promise.resolve();

  function wake() {
    awake = true;
    wakeUp();
  }

  async function run() {
    for (let failure = 0; !stopping.signal.aborted;) {
      try {
        awake = false;
        await keepLeases();
        const found = await look();
        failure = 0;
        if (draining && found === 0 && lanes.isEmpty()) return;
        if (found > 0) found_ms = performance.now();
        if (!awake) await sleep(performance.now() - found_ms < WORK_MS ? poll.busy_ms : poll.idle_ms);
      } catch (error) {
        if (failure === 0) log.warn({ error: String(error) }, 'the relay waits for its database');
        if (performance.now() - leaseRenewed_ms > LEASE_S * 1_000) metrics.relayLeader.set(0);
        await sleep(backoff_ms(failure++, BACKOFF_MS, BACKOFF_MS_MAX));
      }
    }
  }

  async function keepLeases() {
    const now_ms = performance.now();
    if (now_ms - leaseRenewed_ms > LEASE_RENEWAL_MS) {
      buckets = await renewLeases(database, owner);
      leaseRenewed_ms = now_ms;
      metrics.relayLeader.set(buckets.length > 0 ? 1 : 0);
    }
    if (now_ms - stateRead_ms > STATE_INTERVAL_MS) {
      stateRead_ms = now_ms;
      await reportState();
    }
  }

  /** One process tells of the outbox, so that sums over processes do not double. */
  async function reportState() {
    const state = buckets.includes(0)
      ? await outboxState(database)
      : { pending: 0, failed: 0, oldestAge_s: 0 };
    metrics.outboxPending.set(state.pending);
    metrics.outboxFailed.set(state.failed);
    metrics.outboxOldestAge.set(state.oldestAge_s);
  }

  /** Reads rows that are not held yet, for lanes that have room. @returns how many were found */
  async function look(): Promise<number> {
    const read = lanes.beginRead();
    if (read.limit <= 0) return 0;
    const rows = await pendingRows(database, buckets, read);
    if (rows.length > 0) await untilDurable(database, owner);
    moreToRead = rows.length >= read.limit;
    const added = lanes.add(read, rows);
    for (const lane of added) if (!lane.sending) startSending(lane);
    if (moreToRead && added.some(lanes.hasRoom)) wake();
    return rows.length;
  }

  function startSending(lane: Lane) {
    lane.sending = true;
    const sending = sendAll(lane).finally(() => {
      sends.delete(sending);
      wake();
    });
    sends.add(sending);
  }

  async function sendAll(lane: Lane) {
    while (lane.queue.length > 0 && !stopping.signal.aborted) {
      const hadRoom = lanes.hasRoom(lane);
      const rows = lanes.take(lane);
      if (!hadRoom && lanes.hasRoom(lane)) wake();
      await publish(lane, rows);
    }
    // In one go with the last look into the queue, or rows that are added now would find nobody to send them.
    lane.sending = false;
  }

  async function publish(lane: Lane, rows: readonly PendingRow[]) {
    const { topic, partition } = lane.partition;
    const ids = rows.map(({ id }) => id);
    const endTimer = metrics.publishDuration.startTimer({ messaging_destination_name: topic });
    const from_ms = Date.now();
    try {
      await broker.produce(topic, partition, rows);
      lane.failures = 0;
      marks.add(rows);
      tellOfSend(rows, from_ms);
    } catch (error) {
      tellOfSend(rows, from_ms, error);
      lanes.block(lane);
      if (error instanceof RecordRefusedError) await isolate(lane, rows, error);
      else await holdBack(lane, ids, error);
      lanes.release(rows);
      lane.blocked = false;
    } finally {
      endTimer();
    }
  }

  /** Which of the rows is it that the broker refuses? It stops its key; the others go on. */
  async function isolate(lane: Lane, rows: readonly PendingRow[], refusal: RecordRefusedError) {
    const stopped = new Set<string>();
    for (const row of rows) {
      if (stopped.has(row.orderingKey)) continue;
      try {
        if (rows.length > 1) {
          await broker.produce(row.topic, row.partition, [row]);
          await markPublished(database, [row.id]);
          continue;
        }
      } catch (error) {
        if (!(error instanceof RecordRefusedError)) return holdBack(lane, [row.id], error);
      }
      stopped.add(row.orderingKey);
      log.error(
        { row: row.id, topic: row.topic, code: refusal.code },
        'outbox row cannot be published, its key stops',
      );
      await markFailed(database, row.id, `${refusal.code}: ${refusal.message}`).catch((error: unknown) =>
        log.warn({ error: String(error) }, 'could not mark the row'),
      );
    }
  }

  async function holdBack(lane: Lane, ids: readonly string[], error: unknown) {
    const failure = lane.failures++;
    log.warn(
      { lane: lane.name, rows: ids.length, failure, error: String(error) },
      'not published, trying again',
    );
    await noteAttempt(database, ids, String(error)).catch(() => undefined);
    await pause(backoff_ms(failure, BACKOFF_MS, BACKOFF_MS_MAX), stopping.signal);
  }

  function sleep(duration_ms: number): Promise<void> {
    if (awake) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, duration_ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    wake,
    start() {
      loop = run();
    },
    async stop(drain_ms) {
      draining = true;
      wake();
      await Promise.race([loop, pause(drain_ms, stopping.signal)]);
      stopping.abort();
      wake();
      await loop;
      const settled = Promise.allSettled(sends).then(() => marks.settled());
      await Promise.race([settled, pause(SENDS_WAIT_MS)]);
      metrics.relayLeader.set(0);
      await releaseLeases(database, owner).catch(() => undefined);
    },
  };
}
