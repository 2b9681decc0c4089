import { Type } from '@sinclair/typebox';
import type { Operation } from '../define';
import { closed, Id, Instant, nullable, Page } from '../schemas';

/** The send log of welcome mails. */
export const emailOperations = {
  listEmails: {
    id: 'listEmails',
    service: 'email',
    summary: 'The send log of a user, newest first',
    method: 'GET',
    path: '/internal/emails',
    access: 'internal',
    query: closed({ userId: Id, ...Page.properties }),
    status: 200,
    answer: Type.Array(
      closed({
        eventId: Type.String(),
        userId: Id,
        recipient: Type.String(),
        messageId: Type.String(),
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
