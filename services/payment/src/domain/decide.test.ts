import { decide, type Input } from './decide';
import type { Cancellation, Charge, Payment, PaymentStatus } from './payment';

const charge: Charge = {
  orderId: 'o',
  sagaId: 's',
  userId: 1,
  customerId: 'kim',
  amount: 100,
  currency: 'KRW',
};
const cause = { correlationId: 'reserved', sagaId: undefined, traceparent: undefined };
const cancellation: Cancellation = {
  reason: 'given up',
  sagaStatus: 'COMPENSATING',
  cause: { correlationId: 'cancelled', sagaId: undefined, traceparent: undefined },
};
const paymentId = 'new';

const reserved: Input = { type: 'charge', charge, paymentId, cause };
const cancelled: Input = { type: 'cancel', charge, paymentId, cancellation };
const captured: Input = { type: 'captured' };
const declined: Input = { type: 'declined', reason: 'no money' };
const refunded: Input = { type: 'refunded' };

const payment = (status: PaymentStatus, more: Partial<Payment> = {}): Payment => {
  const known = { paymentId: 'known', declined: null, cancellation: null, cause, version: 3 };
  return { ...charge, ...known, status, ...more };
};

/** What is told, in short. */
const told = (before: Payment | undefined, input: Input) =>
  decide(before, input).told.map((one) => [one.type, one.payment.version, one.reason, one.sagaStatus]);

describe('stock.reserved', () => {
  it('given nothing, asks for the money and tells nothing', () => {
    expect(decide(undefined, reserved)).toEqual({
      payment: { ...payment('CAPTURING', { version: 1 }), paymentId },
      told: [],
    });
  });

  it.each(['CAPTURING', 'COMPLETED', 'FAILED', 'REFUNDING', 'REFUNDED', 'VOIDED'] as const)(
    'given %s, changes nothing',
    (status) => {
      const before = payment(status);
      expect(decide(before, reserved)).toEqual({ payment: before, told: [] });
    },
  );
});

describe('order.cancelled', () => {
  it('given nothing, leaves a tombstone and tells that nothing was charged, once', () => {
    const step = decide(undefined, cancelled);
    const tombstone = payment('VOIDED', { paymentId, cancellation, cause: cancellation.cause, version: 1 });
    expect(step.payment).toEqual(tombstone);
    expect(step.told).toEqual([
      {
        type: 'payment.voided',
        payment: tombstone,
        reason: 'given up',
        sagaStatus: 'COMPENSATING',
        cause: cancellation.cause,
      },
    ]);
    expect(decide(step.payment, cancelled)).toEqual({ payment: tombstone, told: [] });
    expect(decide(step.payment, reserved)).toEqual({ payment: tombstone, told: [] });
  });

  it('given CAPTURING, is remembered until the provider has answered', () => {
    const step = decide(payment('CAPTURING'), cancelled);
    expect(step).toEqual({ payment: payment('CAPTURING', { cancellation, version: 4 }), told: [] });
    expect(decide(step.payment, cancelled).payment).toBe(step.payment);
  });

  it('given COMPLETED, asks for the refund', () => {
    const step = decide(payment('COMPLETED'), cancelled);
    expect(step).toEqual({ payment: payment('REFUNDING', { cancellation, version: 4 }), told: [] });
  });

  it('given FAILED, tells that nothing was charged', () => {
    const step = decide(payment('FAILED', { declined: 'no money' }), cancelled);
    expect(step.payment).toEqual(payment('VOIDED', { declined: 'no money', cancellation, version: 4 }));
    expect(step.told).toMatchObject([
      { type: 'payment.voided', reason: 'given up', payment: { version: 4 } },
    ]);
  });

  it.each(['REFUNDING', 'REFUNDED', 'VOIDED'] as const)('given %s, changes nothing', (status) => {
    const before = payment(status, { cancellation });
    expect(decide(before, cancelled)).toEqual({ payment: before, told: [] });
  });
});

describe('the answer to a capture', () => {
  it('that is yes completes the payment', () => {
    expect(decide(payment('CAPTURING'), captured).payment).toEqual(payment('COMPLETED', { version: 4 }));
    expect(told(payment('CAPTURING'), captured)).toEqual([['payment.completed', 4, undefined, 'SUCCEEDED']]);
  });

  it('that is yes for an order given up meanwhile tells of the charge and goes on to refund it', () => {
    const before = payment('CAPTURING', { cancellation });
    expect(decide(before, captured).payment).toEqual(payment('REFUNDING', { cancellation, version: 5 }));
    expect(told(before, captured)).toEqual([['payment.completed', 4, undefined, 'COMPENSATING']]);
  });

  it('that is no fails the payment', () => {
    const failed = payment('FAILED', { declined: 'no money', version: 4 });
    expect(decide(payment('CAPTURING'), declined).payment).toEqual(failed);
    expect(told(payment('CAPTURING'), declined)).toEqual([['payment.failed', 4, 'no money', 'COMPENSATING']]);
  });

  it('that is no for an order given up meanwhile tells both, in order', () => {
    const before = payment('CAPTURING', { cancellation });
    const voided = payment('VOIDED', { declined: 'no money', cancellation, version: 5 });
    expect(decide(before, declined).payment).toEqual(voided);
    expect(told(before, declined)).toEqual([
      ['payment.failed', 4, 'no money', 'COMPENSATING'],
      ['payment.voided', 5, 'given up', 'COMPENSATING'],
    ]);
  });

  it.each(['COMPLETED', 'FAILED', 'REFUNDING', 'REFUNDED', 'VOIDED'] as const)(
    'given %s, is not heard again',
    (status) => {
      const before = payment(status);
      expect(decide(before, captured)).toEqual({ payment: before, told: [] });
      expect(decide(before, declined)).toEqual({ payment: before, told: [] });
    },
  );
});

describe('the answer to a refund', () => {
  it('given REFUNDING, is told with the cause of the cancellation', () => {
    const step = decide(payment('REFUNDING', { cancellation }), refunded);
    expect(step.payment).toEqual(payment('REFUNDED', { cancellation, version: 4 }));
    expect(step.told).toMatchObject([
      { type: 'payment.refunded', reason: 'given up', cause: cancellation.cause, payment: { version: 4 } },
    ]);
  });

  it.each(['CAPTURING', 'COMPLETED', 'FAILED', 'REFUNDED', 'VOIDED'] as const)(
    'given %s, is not heard',
    (status) => {
      const before = payment(status, { cancellation });
      expect(decide(before, refunded)).toEqual({ payment: before, told: [] });
    },
  );
});

it('no answer of the provider makes a payment', () => {
  for (const input of [captured, declined, refunded]) {
    expect(decide(undefined, input)).toEqual({ payment: undefined, told: [] });
  }
});
