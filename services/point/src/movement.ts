import { isDuplicateKey, problem, type Outbox, type ProblemError, type Transaction } from '@naru/kernel';
import { enter, refusalOf, SIGN_UP_GRANT, type Account, type Entry, type Refusal } from './domain/account';
import { isReserved, requestKey, signUpKey } from './domain/keys';
import { settle } from './settle';
import { accountOf, entryOf, lockAccounts, save } from './store';

/** An entry that a request asks for. */
export interface Movement extends Entry {
  readonly reason: 'ADDED' | 'DEDUCTED';
}

export type Balance = Pick<Account, 'userId' | 'balance'>;

/**
 * Moves points on request, once for each key and operation for ever: a repeat that the kernel no longer remembers moves
 * nothing.
 * @param request its key is the request's, which becomes the ledger's
 * @throws ProblemError 422 when the key stands for another movement, 404 or 409 when the account does not allow it
 */
export async function moveOnRequest(trx: Transaction, outbox: Outbox, request: Movement): Promise<Balance> {
  const { key, userId, amount, reason } = request;
  if (key === signUpKey(userId)) return grant(trx, outbox, request);
  if (isReserved(key)) throw keyReused(key);
  const account = (await lockAccounts(trx, [userId])).get(userId) as Account;
  const entry = { ...request, key: requestKey(reason, key) };
  const earlier = await entryOf(trx, entry.key);
  if (earlier) {
    if (earlier.userId !== userId || earlier.amount !== amount) throw keyReused(key);
    return balanceOf(account);
  }
  const refusal = refusalOf(account, amount);
  if (refusal) throw refused(refusal, account);
  const moved = enter(account, entry);
  await save(trx, { accounts: [moved], entries: [entry], deductions: [] }).catch((error: unknown) => {
    // Another user's request took the key between the look and the insert.
    throw isDuplicateKey(error) ? keyReused(key) : error;
  });
  return balanceOf(moved);
}

/** The user service's call at sign-up does what its event will do, whichever comes first. */
async function grant(trx: Transaction, outbox: Outbox, { key, userId, amount }: Entry): Promise<Balance> {
  if (amount !== SIGN_UP_GRANT) throw keyReused(key);
  await settle(trx, outbox, [{ type: 'open', userId }]);
  return balanceOf((await accountOf(trx, userId)) as Account);
}

function balanceOf({ userId, balance }: Account): Balance {
  return { userId, balance };
}

/** The same code as the kernel's, which guards the key for its first 24 hours. */
function keyReused(key: string): ProblemError {
  return problem('idempotency-key-reused', `${key} stands for another movement of points`);
}

function refused(refusal: Refusal, { userId, balance }: Account): ProblemError {
  return problem(refusal, `user ${userId} has ${balance} points`);
}
