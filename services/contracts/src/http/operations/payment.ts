import { Type } from '@sinclair/typebox';
import type { Operation } from '../define';
import { closed, Currency, Money, named, Uuid } from '../schemas';

/** What was charged. */
export const paymentOperations = {
  getPayment: {
    id: 'getPayment',
    service: 'payment',
    summary: "An order's payment",
    method: 'GET',
    path: '/api/payments/{orderId}',
    access: 'user-or-direct',
    params: closed({ orderId: Uuid }),
    status: 200,
    answer: named(
      'Payment',
      closed({
        paymentId: Uuid,
        orderId: Uuid,
        amount: Money,
        currency: Currency,
        status: Type.Union(
          ['CAPTURING', 'COMPLETED', 'FAILED', 'REFUNDING', 'REFUNDED', 'VOIDED'].map((status) =>
            Type.Literal(status),
          ),
        ),
      }),
    ),
    problems: ['payment-unknown'],
  },
} as const satisfies Record<string, Operation>;
