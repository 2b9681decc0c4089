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
  nullable,
  OrderStatus,
  Page,
  Quantity,
  Uuid,
} from '../schemas';

const ITEMS_MAX = 50;

const Item = closed({ productId: Uuid, quantity: Quantity });

const Order = closed({
  orderId: Uuid,
  userId: nullable(Id),
  customerId: Label,
  customerEmail: Email,
  totalAmount: Money,
  currency: Currency,
  items: Type.Array(Item),
  status: OrderStatus,
  sagaId: Uuid,
  sagaStatus: Type.String(),
  version: Type.Integer(),
  createdAt: Instant,
});

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
    body: closed({
      customerId: Label,
      customerEmail: Email,
      totalAmount: Money,
      currency: Currency,
      items: Type.Optional(Type.Array(Item, { minItems: 1, maxItems: ITEMS_MAX })),
    }),
    status: 201,
    answer: Order,
    idempotent: true,
  },
  changeOrderStatus: {
    id: 'changeOrderStatus',
    service: 'order',
    summary: 'Move an order from 20 to 25 or from 25 to 80; 409 for anything else',
    method: 'POST',
    path: '/api/orders/{orderId}/status',
    access: 'user-or-direct',
    params: closed({ orderId: Uuid }),
    body: closed({
      customerId: Label,
      customerEmail: Email,
      previousStatus: Type.Integer(),
      currentStatus: Type.Integer(),
    }),
    status: 200,
    answer: Order,
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
  },
} as const satisfies Record<string, Operation>;
