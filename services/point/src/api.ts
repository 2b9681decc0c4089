import { httpHeaders, operations } from '@naru/contracts';
import { page, problem, route, rowsToRead, type MessagingKernel, type Route } from '@naru/kernel';
import { isKnown } from './domain/account';
import { moveOnRequest } from './movement';
import { accountOf, entriesOf } from './store';

interface PointParts extends Pick<MessagingKernel, 'database' | 'outbox'> {
  /** Makes the ledger key of a request that has none. */
  newKey(): string;
}

export function pointRoutes({ database, outbox, newKey }: PointParts): Route[] {
  return [
    route(operations.getMyPoints, async ({ caller: { userId } }) => {
      const account = await accountOf(database, userId);
      return { body: { userId, balance: account?.balance ?? 0 } };
    }),

    route(operations.listMyPointEntries, async (request) => {
      const { caller, query } = request;
      const entries = await entriesOf(database, caller.userId, rowsToRead(request), query.before);
      return page(request, entries, (entry) => entry.entryId);
    }),

    route(operations.getPoints, async ({ params: { userId } }) => {
      const account = await accountOf(database, userId);
      if (!account || !isKnown(account)) {
        throw problem('account-unknown', `there is no account of user ${userId}`);
      }
      return { body: { userId, balance: account.balance } };
    }),

    route(operations.addPoints, (request) =>
      request.once(async (trx) => {
        const { userId, amount } = request.body;
        const key = request.header(httpHeaders.idempotencyKey) ?? newKey();
        return { body: await moveOnRequest(trx, outbox, { key, userId, amount, reason: 'ADDED' }) };
      }),
    ),

    route(operations.deductPoints, (request) =>
      request.once(async (trx) => {
        const { userId, amount } = request.body;
        const key = request.header(httpHeaders.idempotencyKey) ?? newKey();
        return {
          body: await moveOnRequest(trx, outbox, { key, userId, amount: -amount, reason: 'DEDUCTED' }),
        };
      }),
    ),
  ];
}
