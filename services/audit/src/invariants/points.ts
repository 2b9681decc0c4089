import type { PointFacts } from '../community-facts';
import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { eventsOf, setAsideBy } from '../views';

/** As the design has it, not as the point service does: what it computes must not judge itself. */
const SIGN_UP_GRANT = 1_000;
const BOARD_COST = 100;

/** A balance is the sum of its entries, and was at no time negative. */
export function balances({ point }: Facts): Finding {
  const found = tally('balances', 'A balance is the sum of its entries, and was never negative');
  if (!point) return found.finding();
  const sums = new Map<number, number>();
  for (const { userId, key, amount } of point.entries) {
    const sum = (sums.get(userId) ?? 0) + amount;
    found.check(sum >= 0, () => `user ${userId}: ${sum} after entry ${key}`);
    sums.set(userId, sum);
  }
  for (const { userId, balance } of point.accounts) {
    const sum = sums.get(userId) ?? 0;
    found.check(balance === sum, () => `user ${userId}: balance ${balance}, entries ${sum}`);
    sums.delete(userId);
  }
  for (const userId of sums.keys()) found.check(false, () => `user ${userId}: entries without an account`);
  return found.finding();
}

/** Each user has the sign-up grant once, whether the call or the event brought it; nobody else has one. */
export function grants(facts: Facts): Finding {
  const found = tally('grants', 'Each user has the sign-up points exactly once');
  const { point, user } = facts;
  if (!point) return found.finding();
  const counts = new Map<number, number>();
  for (const { userId, key, amount, reason } of point.entries) {
    if (reason !== 'SIGN_UP') continue;
    counts.set(userId, (counts.get(userId) ?? 0) + 1);
    const isRight = amount === SIGN_UP_GRANT && key === `signup:${userId}`;
    found.check(isRight, () => `user ${userId}: ${amount} under ${key}`);
  }
  const signedUp = new Set(eventsOf(facts, 'user.signed-up').map(({ data }) => data?.userId));
  const aside = setAsideBy(facts, 'point', ['user.signed-up'], ({ data }) => data?.userId);
  const known = new Set(user?.users.map(({ userId }) => userId));
  for (const userId of known) {
    const count = counts.get(userId) ?? 0;
    const isRight = count === 1 || (count === 0 && aside.has(userId));
    found.check(isRight, () => `user ${userId}: ${count} grants`);
  }
  for (const [userId, count] of counts) {
    if (known.has(userId)) continue;
    const isRight = count === 1 && (!user || signedUp.has(userId));
    found.check(isRight, () => `user ${userId}: ${count} grants without a user`);
  }
  return found.finding();
}

/** Each board is charged once: deducted with its entry, or rejected without one; none waits for a user who is there. */
export function deductions(facts: Facts): Finding {
  const found = tally('deductions', 'Each board is charged once, and each deduction has its entry');
  const { point, board } = facts;
  if (!point) return found.finding();
  const opened = new Set(point.accounts.flatMap(({ userId, isOpened }) => (isOpened ? [userId] : [])));
  const entries = boardEntries(point);
  let waiting = 0;
  for (const { boardId, userId, amount, status } of point.deductions) {
    const taken = entries.get(boardId) ?? [];
    entries.delete(boardId);
    const paid = taken.length === 1 && taken[0]?.userId === userId && taken[0].amount === -amount;
    const isRight = amount === BOARD_COST && (status === 'DEDUCTED' ? paid : taken.length === 0);
    found.check(isRight, () => `board ${boardId}: ${amount} ${status}, ${taken.length} entries`);
    if (status === 'PENDING' && opened.has(userId)) found.check(false, () => `board ${boardId}: not settled`);
    else if (status === 'PENDING') waiting++;
  }
  for (const boardId of entries.keys())
    found.check(false, () => `board ${boardId}: an entry without a deduction`);
  const charged = new Map(point.deductions.map(({ boardId, userId }) => [boardId, userId]));
  const aside = setAsideBy(facts, 'point', ['board.created'], ({ data }) => data?.boardId);
  for (const { boardId, userId } of board?.boards ?? []) {
    const isRight = charged.get(boardId) === userId || (!charged.has(boardId) && aside.has(boardId));
    found.check(isRight, () => `board ${boardId} of user ${userId}: not charged`);
  }
  found.noteCount(waiting, 'deductions wait for an account that was never opened');
  return found.finding();
}

function boardEntries({ entries }: PointFacts): Map<number, { userId: number; amount: number }[]> {
  const byBoard = new Map<number, { userId: number; amount: number }[]>();
  for (const { key, reason, userId, amount } of entries) {
    if (reason !== 'BOARD') continue;
    const boardId = Number(/^board:(\d+)$/.exec(key)?.[1]);
    byBoard.set(boardId, [...(byBoard.get(boardId) ?? []), { userId, amount }]);
  }
  return byBoard;
}
