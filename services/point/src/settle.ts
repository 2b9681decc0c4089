import type { Outbox, Transaction } from '@naru/kernel';
import { decide, type Command } from './domain/decide';
import { chargedBoards, lockAccounts, pendingDeductions, save } from './store';

/** Carries out commands in one transaction: locks what they touch, decides, writes, and tells of rejections. */
export async function settle(trx: Transaction, outbox: Outbox, commands: readonly Command[]): Promise<void> {
  const opening = commands.flatMap((command) => (command.type === 'open' ? [command.userId] : []));
  const charges = commands.flatMap((command) => (command.type === 'charge' ? [command.deduction] : []));
  const boardIds = charges.map(({ boardId }) => boardId);
  const accounts = await lockAccounts(trx, [...opening, ...charges.map(({ userId }) => userId)]);
  const unopened = opening.filter((userId) => !accounts.get(userId)?.opened);
  const ledger = {
    accounts,
    pending: await pendingDeductions(trx, unopened),
    chargedBoards: await chargedBoards(trx, boardIds),
  };
  const { rejections, ...changes } = decide(ledger, commands);
  await save(trx, changes);
  await outbox.append(
    trx,
    rejections.map(({ deduction: { userId, boardId, amount, cause }, balance }) => ({
      type: 'point.deduction-rejected' as const,
      data: { userId, boardId, amount, balance },
      subject: String(userId),
      causedBy: cause,
    })),
  );
}
