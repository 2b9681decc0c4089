import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../arguments';
import { parseSelection, windowOf } from './window';

const ORDER = '01a1fa8d-5a0f-7195-a2b7-5be142beefbd';
const NOW_MS = 1_000_000;

describe('a selection', () => {
  it('of a topic concerns its consumers, of an order all that hear of orders, of nothing everyone', () => {
    expect(parseSelection({ topic: 'stock.events.v1' }).services).toEqual(['order', 'payment', 'catalog']);
    expect(parseSelection({ order: ORDER }).services).toEqual([
      'order',
      'product',
      'payment',
      'catalog',
      'notification',
    ]);
    expect(parseSelection({}).services).toContain('email');
  });

  it('is narrowed to services that have to do with it', () => {
    expect(parseSelection({ order: ORDER, service: 'payment, order' }).services).toEqual([
      'order',
      'payment',
    ]);
    expect(() => parseSelection({ order: ORDER, service: 'email' })).toThrow(/email handles nothing/);
    expect(() => parseSelection({ service: 'nobody' })).toThrow(/nobody is no service/);
  });

  it.each([
    [{ topic: 'nothing' }, /--topic is "nothing"/],
    [{ topic: 'stock.events.v1', order: ORDER }, /either --topic or --order/],
    [{ order: '17' }, /"17" is no order's id/],
    [{ order: ORDER, from: '17' }, /of which --topic/],
    [{ from: 'yesterday' }, /--from is "yesterday"/],
    [{ to: '2026-13-40T00:00:00Z' }, /--to is/],
    [{ topic: 'stock.events.v1', from: '-1' }, /--from is "-1"/],
  ])('%j is refused', (given, message) => {
    expect(() => parseSelection(given)).toThrow(UsageError);
    expect(() => parseSelection(given)).toThrow(message);
  });
});

describe('a window', () => {
  const record = (offset: number, timestamp_ms: number, key: string) => {
    return {
      topic: 'stock.events.v1',
      partition: 0,
      offset: BigInt(offset),
      timestamp_ms,
      key: Buffer.from(key),
      value: null,
      headers: [],
    };
  };
  const records = [record(0, 100, 'a'), record(1, 200, 'b'), record(2, 300, 'c')];
  const topic = 'stock.events.v1';

  it('by offsets is from the first record to the last, with their stories', () => {
    const selection = parseSelection({ topic, from: '0', to: '2' });
    expect(windowOf(selection, records, NOW_MS)).toEqual({
      from_ms: 100,
      to_ms: 200,
      stories: new Set(['a', 'b']),
    });
  });

  it('by times is what was asked for, and ends now at the latest', () => {
    const selection = parseSelection({ topic, from: '1970-01-01T00:00:00.150Z', to: '2100-01-01' });
    expect(windowOf(selection, records, NOW_MS)).toEqual({
      from_ms: 150,
      to_ms: NOW_MS,
      stories: new Set(['b', 'c']),
    });
  });

  it('without a record is none', () => {
    expect(windowOf(parseSelection({ topic, from: '3' }), records, NOW_MS)).toBeUndefined();
  });

  it('of an order has its story, of nothing everybody’s', () => {
    expect(windowOf(parseSelection({ order: ORDER }), [], NOW_MS)?.stories).toEqual(new Set([ORDER]));
    expect(windowOf(parseSelection({}), [], NOW_MS)).toEqual({ from_ms: 0, to_ms: NOW_MS });
  });
});
