import { describe, expect, it } from '@jest/globals';
import {
  compareEvents,
  compareLetters,
  compareState,
  differingFields,
  type ToldEvent,
  type ToldLetter,
} from './compare';

let places = 0;
const event = (about: Partial<ToldEvent> = {}): ToldEvent => ({
  place: `stock.events.v1[0]@${places++}`,
  topic: 'stock.events.v1',
  story: 'order-1',
  type: 'stock.reserved',
  subject: 'order-1',
  correlationId: 'saga-1',
  sagaId: 'saga-1',
  key: 'order-1',
  partition: 0,
  data: { orderId: 'order-1', amount: 100, items: [{ productId: 'p', quantity: 2 }] },
  counts: true,
  ...about,
});
const differ = (released: ToldEvent[], replayed: ToldEvent[]) => compareEvents('product', released, replayed);

describe('events', () => {
  it('are alike whatever is new each time: places, and the ids of payments', () => {
    const payment = { type: 'payment.completed', topic: 'payment.events.v1', key: null };
    const then = [event(), event({ ...payment, data: { orderId: 'order-1', paymentId: 'one' } })];
    const now = [event(), event({ ...payment, data: { orderId: 'order-1', paymentId: 'other' } })];
    expect(differ(then, now)).toEqual([]);
  });

  it('differ in an id that is not new each time', () => {
    const [difference] = differ(
      [event({ data: { paymentId: 'one' } })],
      [event({ data: { paymentId: 'other' } })],
    );
    expect(difference).toMatchObject({
      kind: 'other-payload',
      fields: [{ field: 'paymentId', then: 'one', now: 'other' }],
    });
  });

  it('that are not told any more are missing, those that were not told are extra', () => {
    const rejected = { type: 'stock.rejected', data: { orderId: 'order-1', reason: 'amount-mismatch' } };
    expect(differ([event()], [event(rejected)])).toMatchObject([
      { kind: 'missing-event', type: 'stock.reserved', story: 'order-1' },
      { kind: 'extra-event', type: 'stock.rejected', data: { reason: 'amount-mismatch' } },
    ]);
  });

  it('with another payload are told field by field', () => {
    const then = event({ data: { amount: 100, items: [{ productId: 'p', quantity: 2 }], reason: 'late' } });
    const now = event({ data: { amount: 100, items: [{ productId: 'p', quantity: 3 }], version: 1 } });
    expect(differ([then], [now])).toMatchObject([
      {
        kind: 'other-payload',
        place: then.place,
        fields: [
          { field: 'items.0.quantity', then: 2, now: 3 },
          { field: 'reason', then: 'late', now: undefined },
          { field: 'version', then: undefined, now: 1 },
        ],
      },
    ]);
  });

  it('on another topic, with another key or saga, differ in that', () => {
    const [difference] = differ([event()], [event({ key: 'other', sagaId: null })]);
    expect(difference).toMatchObject({
      kind: 'other-payload',
      fields: [
        { field: 'key', then: 'order-1', now: 'other' },
        { field: 'sagaId', then: 'saga-1', now: null },
      ],
    });
  });

  it('are partners of those that are alike first, so that one that is gone shifts no other', () => {
    const about = (boardId: number) => event({ type: 'point.deduction-rejected', data: { boardId } });
    expect(differ([about(1), about(2), about(3)], [about(2), about(3)])).toMatchObject([
      { kind: 'missing-event', data: { boardId: 1 } },
    ]);
  });

  it('of different causes are no partners', () => {
    expect(differ([event({ correlationId: 'a' })], [event({ correlationId: 'b' })])).toHaveLength(2);
  });

  it('of a key in another order are told of once, with both orders', () => {
    const reserved = () => event();
    const released = () => event({ type: 'stock.released' });
    expect(differ([reserved(), released()], [released(), reserved()])).toEqual([
      {
        service: 'product',
        story: 'order-1',
        kind: 'other-order',
        topic: 'stock.events.v1',
        then: ['stock.reserved', 'stock.released'],
        now: ['stock.released', 'stock.reserved'],
      },
    ]);
  });

  it('of different stories may come in any order', () => {
    const other = { story: 'order-2', subject: 'order-2', key: 'order-2', correlationId: 'saga-2' };
    expect(differ([event(), event(other)], [event(other), event()])).toEqual([]);
  });

  it('from before the window are partners, but their absence or difference is no difference', () => {
    const before = { counts: false };
    expect(differ([event(before)], [])).toEqual([]);
    expect(differ([], [event(before)])).toEqual([]);
    expect(differ([event(before)], [event({ ...before, data: {} })])).toEqual([]);
    expect(differ([event(before)], [event()])).toEqual([]);
  });
});

describe('dead letters', () => {
  const letter = (offset: number, about: Partial<ToldLetter> = {}): ToldLetter => ({
    id: `notification-consumer-group:order.created.v1:0:${offset}`,
    place: `order.created.v1[0]@${offset}`,
    story: 'order-1',
    exception: 'PermanentError:notification-refused',
    message: 'no',
    counts: true,
    ...about,
  });

  it('are compared by the record that failed, and by why', () => {
    const other = { exception: 'PermanentError:other' };
    const differences = compareLetters(
      'notification',
      [letter(1), letter(2), letter(3)],
      [letter(2), letter(3, other), letter(4)],
    );
    expect(differences).toMatchObject([
      { kind: 'dead-lettered-then', id: letter(1).id },
      { kind: 'other-dead-letter', id: letter(3).id, fields: [{ field: 'exception' }] },
      { kind: 'dead-lettered-now', id: letter(4).id },
    ]);
  });

  it('of records that were not compared do not count', () => {
    const outside = { counts: false };
    expect(compareLetters('notification', [letter(1, outside)], [letter(2, outside)])).toEqual([]);
  });
});

describe('rows of tables', () => {
  const row = (columns: Record<string, unknown>, id = 'order-1') => ({
    table: 'orders',
    story: id,
    id,
    columns,
  });

  it('differ in columns, or as a whole', () => {
    const live = [row({ status: 20, version: 3 }), row({ status: 10 }, 'order-2')];
    const scratch = [row({ status: 90, version: 3 }), row({ status: 10 }, 'order-3')];
    expect(compareState('order', live, scratch)).toMatchObject([
      { kind: 'other-state', id: 'order-1', fields: [{ field: 'status', then: 20, now: 90 }] },
      { id: 'order-2', fields: [{ field: 'status', then: 10, now: undefined }] },
      { id: 'order-3', fields: [{ field: 'status', then: undefined, now: 10 }] },
    ]);
  });
});

describe('fields', () => {
  it('are told by their path, and a list is never an object', () => {
    expect(differingFields({ a: { b: [1, 2] } }, { a: { b: [1, 3] } })).toEqual([
      { field: 'a.b.1', then: 2, now: 3 },
    ]);
    expect(differingFields({ a: [] }, { a: {} })).toEqual([{ field: 'a', then: [], now: {} }]);
    expect(differingFields({ a: null }, { a: { b: 1 } })).toEqual([
      { field: 'a', then: null, now: { b: 1 } },
    ]);
  });
});
