import { Type } from '@sinclair/typebox';
import type { Operation } from '../define';
import { closed, Instant, nullable, Page, Uuid } from '../schemas';

/** The send log of notifications. */
export const notificationOperations = {
  listNotifications: {
    id: 'listNotifications',
    service: 'notification',
    summary: 'The send log of an order, newest first',
    method: 'GET',
    path: '/internal/notifications',
    access: 'internal',
    query: closed({ orderId: Uuid, ...Page.properties }),
    status: 200,
    answer: Type.Array(
      closed({
        eventId: Type.String(),
        orderId: Uuid,
        customerId: Type.String(),
        recipient: Type.String(),
        type: Type.String(),
        status: Type.Union([Type.Literal('SENDING'), Type.Literal('SENT'), Type.Literal('FAILED')]),
        attempts: Type.Integer(),
        topic: Type.String(),
        partition: Type.Integer(),
        offset: Type.String(),
        createdAt: Instant,
        sentAt: nullable(Instant),
      }),
    ),
  },
} as const satisfies Record<string, Operation>;
