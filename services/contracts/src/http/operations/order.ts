import { Type } from '@sinclair/typebox';
import type { Operation } from '../define';
import {
  closed,
  Currency,
  Email,
  Id,
  Instant,
  Label,
  Money,
  named,
  nullable,
  OrderStatus,
  Page,
  Quantity,
  Uuid,
} from '../schemas';

const ITEMS_MAX = 50;

const Item = named('Item', closed({ productId: Uuid, quantity: Quantity }));

const Order = named(
  'Order',
  closed({
    orderId: Uuid,
    userId: nullable(Id),
    customerId: Label,
    customerEmail: Email,
    totalAmount: Money,
    currency: Currency,
    items: Type.Array(Item),
    status: OrderStatus,
    sagaId: Uuid,
    sagaStatus: Type.String({ examples: ['SUCCEEDED'] }),
    version: Type.Integer({ minimum: 1, examples: [2] }),
    createdAt: Instant,
  }),
);

/** Orders and their SAGA. */
export const orderOperations = {
  createOrder: {
    id: 'createOrder',
    service: 'order',
    summary:
      'Place an order; with items its stock is held and its amount charged, without it is settled at once',
    method: 'POST',
    path: '/api/orders',
    aliases: ['/order'],
    access: 'user-or-direct',
    body: named(
      'NewOrder',
      closed({
        customerId: Label,
        customerEmail: Email,
        totalAmount: Money,
        currency: Currency,
        items: Type.Optional(
          Type.Array(Item, {
            maxItems: ITEMS_MAX,
            description: 'Each product once; none is as good as no list',
          }),
        ),
      }),
    ),
    status: 201,
    answer: Order,
    idempotent: true,
    headers: ['Location'],
  },
  changeOrderStatus: {
    id: 'changeOrderStatus',
    service: 'order',
    summary: 'Move an order from 20 to 25 or from 25 to 80; 409 for anything else',
    method: 'POST',
    path: '/api/orders/{orderId}/status',
    access: 'user-or-direct',
    params: closed({ orderId: Uuid }),
    body: named(
      'StatusChange',
      closed({
        customerId: Label,
        customerEmail: Email,
        previousStatus: Type.Integer({ examples: [20] }),
        currentStatus: Type.Integer({ examples: [25] }),
      }),
    ),
    status: 200,
    answer: Order,
    problems: ['order-unknown', 'transition-forbidden', 'customer-mismatch', 'previous-status-mismatch'],
  },
  cancelOrder: {
    id: 'cancelOrder',
    service: 'order',
    summary: 'Give an order up; 409 once it is being shipped',
    method: 'POST',
    path: '/api/orders/{orderId}/cancel',
    access: 'user-or-direct',
    params: closed({ orderId: Uuid }),
    status: 202,
    answer: Order,
    problems: ['order-unknown', 'order-shipped'],
  },
  listOrders: {
    id: 'listOrders',
    service: 'order',
    summary: "The caller's orders, newest first",
    method: 'GET',
    path: '/api/orders',
    access: 'user-or-direct',
    query: Page,
    status: 200,
    answer: Type.Array(Order),
    headers: ['Link'],
  },
  getOrder: {
    id: 'getOrder',
    service: 'order',
    summary: 'One order',
    method: 'GET',
    path: '/api/orders/{orderId}',
    access: 'user-or-direct',
    params: closed({ orderId: Uuid }),
    status: 200,
    answer: Order,
    problems: ['order-unknown'],
  },
} as const satisfies Record<string, Operation>;
