import { laneOf, type TopicPartition } from './broker';
import type { PendingRow } from './outbox-store';

const READ_ROWS_MAX = 1_000;
const SEND_ROWS_MAX = 500;
const SEND_BYTES_MAX = 512 * 1024;
/** A lane with fewer rows queued takes more, so that the next send does not wait for a look into the database. */
const QUEUE_ROWS_LOW = SEND_ROWS_MAX;
/** Nothing is read beyond these, over all lanes. */
const HELD_ROWS_MAX = 4_000;
const HELD_BYTES_MAX = 16 * 1_048_576;

/** A topic partition: at most one send in flight, the oldest rows first. */
export interface Lane {
  readonly name: string;
  readonly partition: TopicPartition;
  queue: readonly PendingRow[];
  sending: boolean;
  /** After a failure: no rows are read for it until it goes on. */
  blocked: boolean;
  /** In a row. */
  failures: number;
  /** Rows of this read and of earlier ones no longer count. */
  droppedAt: number;
}

/** One look into the outbox, told apart from those before and after it. */
export interface Read {
  readonly number: number;
  /** Ids that are held already. */
  readonly held: readonly string[];
  /** Lanes that take no rows at present. */
  readonly full: readonly TopicPartition[];
  /** 0 when nothing more is to be read now. */
  readonly limit: number;
}

export type Lanes = ReturnType<typeof createLanes>;

/** The rows that a relay has read and has not marked as published yet, by lane. */
export function createLanes() {
  const lanes = new Map<string, Lane>();
  const held = new Map<string, number>();
  let heldBytes = 0;
  let reads = 0;

  const hasRoom = ({ queue, blocked }: Lane) => !blocked && queue.length < QUEUE_ROWS_LOW;

  function laneFor(row: PendingRow): Lane {
    const name = laneOf(row);
    const partition = { topic: row.topic, partition: row.partition };
    const known = lanes.get(name);
    const lane = known ?? {
      name,
      partition,
      queue: [],
      sending: false,
      blocked: false,
      failures: 0,
      droppedAt: 0,
    };
    if (!known) lanes.set(name, lane);
    return lane;
  }

  function release(rows: readonly PendingRow[]) {
    for (const { id } of rows) {
      heldBytes -= held.get(id) ?? 0;
      held.delete(id);
    }
  }

  return {
    beginRead(): Read {
      const full = [...lanes.values()].filter((lane) => !hasRoom(lane));
      const limit = heldBytes > HELD_BYTES_MAX ? 0 : Math.min(READ_ROWS_MAX, HELD_ROWS_MAX - held.size);
      return {
        number: ++reads,
        held: [...held.keys()],
        full: full.map(({ partition }) => partition),
        limit,
      };
    },

    /** @returns the lanes that rows were added to */
    add(read: Read, rows: readonly PendingRow[]): readonly Lane[] {
      const added = new Map<Lane, PendingRow[]>();
      for (const row of rows) {
        const lane = laneFor(row);
        if (lane.droppedAt >= read.number) continue;
        const more = added.get(lane);
        if (more) more.push(row);
        else added.set(lane, [row]);
        const bytes = bytesOf(row);
        held.set(row.id, bytes);
        heldBytes += bytes;
      }
      for (const [lane, more] of added) lane.queue = lane.queue.concat(more);
      return [...added.keys()];
    },

    /** As many of a lane's oldest rows as fit one send. */
    take(lane: Lane): readonly PendingRow[] {
      const rows = firstOf(lane.queue);
      lane.queue = lane.queue.slice(rows.length);
      return rows;
    },

    /**
     * What is queued behind a row that was not published is forgotten and read anew later, for the row may stop its
     * key; so is what a look that is under way brings.
     */
    block(lane: Lane) {
      lane.blocked = true;
      lane.droppedAt = reads;
      release(lane.queue);
      lane.queue = [];
    },

    /** Rows that are published and marked, or given back. */
    release,
    hasRoom,
    isEmpty: () => held.size === 0,
  };
}

function firstOf(rows: readonly PendingRow[]): readonly PendingRow[] {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    bytes += bytesOf(row);
    if (count > 0 && (bytes > SEND_BYTES_MAX || count >= SEND_ROWS_MAX)) break;
    count++;
  }
  return rows.slice(0, count);
}

function bytesOf({ value, headers }: PendingRow): number {
  let bytes = value?.length ?? 0;
  for (const [name, header] of headers) bytes += name.length + header.length;
  return bytes;
}
