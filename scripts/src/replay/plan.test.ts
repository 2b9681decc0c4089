import { describe, expect, it } from '@jest/globals';
import type { ReplayNeeds } from '@naru/kernel';
import { planFeed, type Candidate, type Window } from './plan';

const needs: ReplayNeeds = {
  kind: 'needs',
  service: 'payment',
  handledTopics: ['stock.events.v1', 'order.saga.v1'],
  restored: ['payment.completed'],
  given: [],
  dependsOnOtherKeys: false,
  caveats: [],
};
const everything: Window = { from_ms: 0, to_ms: 1_000 };

const candidate = (
  topic: string,
  offset: number,
  at_ms: number,
  about: { key?: string; type?: string; isOwn?: boolean; timestamp_ms?: number } = {},
): Candidate => {
  const { key = 'order-1', type = 'stock.reserved', isOwn = false, timestamp_ms = at_ms } = about;
  const record = {
    topic,
    partition: 0,
    offset: BigInt(offset),
    timestamp_ms,
    key: Buffer.from(key),
    value: null,
    headers: [],
  };
  return { record, type, at_ms, isOwn };
};
const own = { type: 'payment.completed', isOwn: true };
const handled = new Map([
  ['stock.events.v1[0]', 100n],
  ['order.saga.v1[0]', 100n],
]);
const order = (
  lanes: Candidate[][],
  window = everything,
  about: Partial<ReplayNeeds> = {},
  upTo = handled,
) => {
  const { feed, unhandled } = planFeed(lanes, { ...needs, ...about }, window, upTo);
  return {
    fed: feed.map(({ record, isHistory }) => `${record.topic}@${record.offset}${isHistory ? ' before' : ''}`),
    unhandled,
  };
};

describe('the order of records', () => {
  it('is that of the times at which the service came to them, over all partitions', () => {
    const stock = [candidate('stock.events.v1', 0, 10), candidate('stock.events.v1', 1, 40)];
    const saga = [candidate('order.saga.v1', 0, 20), candidate('order.saga.v1', 1, 50)];
    const payment = [candidate('payment.events.v1', 7, 30, own)];
    expect(order([stock, saga, payment]).fed).toEqual([
      'stock.events.v1@0',
      'order.saga.v1@0',
      'payment.events.v1@7',
      'stock.events.v1@1',
      'order.saga.v1@1',
    ]);
  });

  it('within a partition is the partition’s, whatever the times say', () => {
    const stock = [candidate('stock.events.v1', 0, 90), candidate('stock.events.v1', 1, 10)];
    const saga = [candidate('order.saga.v1', 0, 50)];
    expect(order([stock, saga]).fed).toEqual(['order.saga.v1@0', 'stock.events.v1@0', 'stock.events.v1@1']);
  });

  it('puts what was heard before what was told at the same time', () => {
    const payment = [candidate('payment.events.v1', 0, 10, own)];
    const stock = [candidate('stock.events.v1', 0, 10)];
    expect(order([payment, stock]).fed).toEqual(['stock.events.v1@0', 'payment.events.v1@0']);
  });
});

describe('the choice of records', () => {
  const window: Window = { from_ms: 20, to_ms: 30, stories: new Set(['order-1']) };

  it('takes earlier records of the same story as history, and none after the window', () => {
    const stock = [10, 20, 30, 31].map((at_ms, offset) => candidate('stock.events.v1', offset, at_ms));
    expect(order([stock], window).fed).toEqual([
      'stock.events.v1@0 before',
      'stock.events.v1@1',
      'stock.events.v1@2',
    ]);
  });

  it('takes other stories only where the service depends on them, and from topics that are kept for ever', () => {
    const other = { key: 'other' };
    const lanes = [
      [candidate('stock.events.v1', 0, 25, other)],
      [candidate('product.created.v1', 0, 25, other)],
    ];
    const upTo = new Map([...handled, ['product.created.v1[0]', 100n]]);
    expect(order(lanes, window, {}, upTo).fed).toEqual(['product.created.v1@0 before']);
    expect(order(lanes, window, { dependsOnOtherKeys: true }, upTo).fed).toEqual([
      'stock.events.v1@0 before',
      'product.created.v1@0 before',
    ]);
  });

  it('leaves out what the released code has not handled, and counts it where it belongs to the window', () => {
    const stock = [candidate('stock.events.v1', 99, 20), candidate('stock.events.v1', 100, 21)];
    expect(order([stock], window)).toEqual({ fed: ['stock.events.v1@99'], unhandled: 1 });
    expect(order([stock], window, {}, new Map())).toEqual({ fed: [], unhandled: 2 });
  });

  it('takes of its own events those that it restores from', () => {
    const payment = [
      candidate('payment.events.v1', 0, 25, own),
      candidate('payment.events.v1', 1, 26, { ...own, type: 'payment.voided' }),
    ];
    expect(order([payment], window).fed).toEqual(['payment.events.v1@0']);
  });
});
