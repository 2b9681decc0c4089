import { transactional, type AnyHandler, type Event, type Outbox } from '@naru/kernel';
import { BOARD_COST } from './domain/account';
import type { Command } from './domain/decide';
import { settle } from './settle';

export function pointHandlers(outbox: Outbox): AnyHandler[] {
  return [
    transactional(['user.signed-up'], async (trx, events) => {
      await settle(
        trx,
        outbox,
        events.map(({ data }): Command => ({ type: 'open', userId: data.userId })),
      );
    }),
    transactional(['board.created'], async (trx, events) => {
      await settle(trx, outbox, events.map(chargeFor));
    }),
  ];
}

function chargeFor({ data, correlationId, sagaId, traceparent }: Event<'board.created'>): Command {
  const { boardId, userId } = data;
  const cause = { correlationId, sagaId, traceparent };
  return { type: 'charge', deduction: { boardId, userId, amount: BOARD_COST, cause } };
}
