import { randomUUID } from 'node:crypto';
import { eventHeaders, operations } from '@naru/contracts';
import {
  createHttpServer,
  createOutbox,
  createRelay,
  execute,
  route,
  type Outbox,
  type Relay,
  type Transaction,
} from '@naru/kernel';
import type { Producer } from 'kafkajs';
import { boardCreated, boardCreatedDraft } from '../events';
import { kafkaClient, twinProducer } from '../kafka-client';
import { serve } from '../serve';
import type { Place } from '../stage';
import { kernelParts } from './kernel-parts';

/** How an event leaves the process that answered the request. */
export type Way =
  /** The outbox, by this process's own relay, which holds the lease. */
  | 'own relay'
  /** The outbox, by another process's relay. */
  | 'other relay'
  /** Straight to the broker, right after the commit; the answer does not wait for it. */
  | 'direct'
  /** A plain outbox table that a loop in another process polls. */
  | 'plain outbox';

let parts: ReturnType<typeof kernelParts>;
let place: Place;
let outbox: Outbox;
let producer: Producer;
let relay: Relay | undefined;
let way: Way;

/** Writes a board and, in the same transaction, its event; the number of the board is the request's content. */
const createBoard = route(operations.createBoard, async (request) => {
  const boardId = Number(request.body.content);
  await request.once(async (trx) => {
    const { userId, title } = boardCreated(boardId);
    await execute(trx, 'INSERT INTO boards (board_id, user_id, title) VALUES (?, ?, ?)', [
      boardId,
      userId,
      title,
    ]);
    if (way === 'own relay' || way === 'other relay') await outbox.append(trx, [boardCreatedDraft(boardId)]);
    if (way === 'plain outbox') await insertPlain(trx, boardId);
    return {};
  });
  if (way === 'direct')
    void producer.send({ topic: place.topic, acks: -1, messages: [plainMessage(boardId)] });
  return {};
});

async function insertPlain(trx: Transaction, boardId: number): Promise<void> {
  const { key, value, headers } = plainMessage(boardId);
  await execute(trx, 'INSERT INTO plain_outbox (record_key, payload, headers) VALUES (?, ?, ?)', [
    key,
    value,
    JSON.stringify(headers),
  ]);
}

function plainMessage(boardId: number) {
  const data = boardCreated(boardId);
  const id = randomUUID();
  return {
    key: String(data.userId),
    value: JSON.stringify(data),
    headers: {
      [eventHeaders.specVersion]: '1.0',
      [eventHeaders.id]: id,
      [eventHeaders.source]: '/naru/bench',
      [eventHeaders.type]: 'board.created',
      [eventHeaders.time]: new Date().toISOString(),
      [eventHeaders.subject]: String(boardId),
      [eventHeaders.correlationId]: id,
      [eventHeaders.contentType]: 'application/json',
    },
  };
}

const commands = {
  /** @returns the port */
  async open(at: Place): Promise<number> {
    place = at;
    parts = kernelParts('bench-api', at);
    outbox = createOutbox(parts.contracts, parts.codec, '/naru/bench', () => relay?.wake());
    producer = twinProducer(kafkaClient('bench-direct', at.brokers));
    await producer.connect();
    const routes = [createBoard];
    const health = { isReady: () => null, isLive: () => true };
    const server = createHttpServer({ ...parts, ...health, routes, host: '127.0.0.1', port: 0 });
    return (await server.start()).port;
  },
  async begin(options: { way: Way }) {
    way = options.way;
    if (way !== 'own relay') return;
    relay = createRelay({ ...parts, owner: `bench:${process.pid}` });
    relay.start();
  },
  async end() {
    await relay?.stop(0);
    relay = undefined;
  },
};

export type ApiCommands = typeof commands;

serve(commands);
