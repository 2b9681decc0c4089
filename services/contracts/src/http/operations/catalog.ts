import { Type } from '@sinclair/typebox';
import type { Operation } from '../define';
import {
  closed,
  Currency,
  Instant,
  Money,
  named,
  nullable,
  OrderStatus,
  Quantity,
  Title,
  Uuid,
} from '../schemas';

/** Orders as they are shown: names, payment and what happened when. */
export const catalogOperations = {
  getCatalogueOrder: {
    id: 'getCatalogueOrder',
    service: 'catalog',
    summary: 'An order with the names of its products, its payment and its timeline',
    method: 'GET',
    path: '/catalogue/order/{orderId}',
    access: 'user-or-direct',
    params: closed({ orderId: Uuid }),
    status: 200,
    answer: named(
      'CatalogueOrder',
      closed({
        orderId: Uuid,
        status: OrderStatus,
        sagaStatus: Type.String({ examples: ['SUCCEEDED'] }),
        items: Type.Array(closed({ productId: Uuid, productName: nullable(Title), quantity: Quantity })),
        payment: nullable(
          closed({
            paymentId: Uuid,
            amount: Money,
            currency: Currency,
            status: Type.String({ examples: ['COMPLETED'] }),
          }),
        ),
        timeline: Type.Array(closed({ type: Type.String({ examples: ['order.created'] }), at: Instant })),
        version: Type.Integer({ minimum: 1, examples: [3] }),
      }),
    ),
    problems: ['order-unknown'],
  },
} as const satisfies Record<string, Operation>;
