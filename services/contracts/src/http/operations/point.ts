import { Type } from '@sinclair/typebox';
import type { Operation } from '../define';
import { Amount, closed, Id, Instant, named, Page } from '../schemas';

const Balance = named(
  'Balance',
  closed({ userId: Id, balance: Type.Integer({ minimum: 0, examples: [900] }) }),
);

const PointEntry = named(
  'PointEntry',
  closed({
    entryId: Id,
    amount: Type.Integer({ description: 'Below zero where points went away', examples: [-100] }),
    reason: Type.String({ examples: ['BOARD'] }),
    createdAt: Instant,
  }),
);

/** Points and what moved them. */
export const pointOperations = {
  getMyPoints: {
    id: 'getMyPoints',
    service: 'point',
    summary: "The caller's balance",
    method: 'GET',
    path: '/api/points/me',
    access: 'user',
    status: 200,
    answer: Balance,
  },
  listMyPointEntries: {
    id: 'listMyPointEntries',
    service: 'point',
    summary: "What moved the caller's balance, newest first",
    method: 'GET',
    path: '/api/points/me/entries',
    access: 'user',
    query: Page,
    status: 200,
    answer: Type.Array(PointEntry),
    headers: ['Link'],
  },
  getPoints: {
    id: 'getPoints',
    service: 'point',
    summary: "A user's balance, for other services",
    method: 'GET',
    path: '/internal/points/{userId}',
    access: 'internal',
    params: closed({ userId: Id }),
    status: 200,
    answer: Balance,
    problems: ['account-unknown'],
  },
  addPoints: {
    id: 'addPoints',
    service: 'point',
    summary: 'Add points',
    method: 'POST',
    path: '/internal/points/add',
    access: 'internal',
    body: closed({ userId: Id, amount: Amount }),
    status: 200,
    answer: Balance,
    idempotent: true,
    problems: ['balance-too-large'],
  },
  deductPoints: {
    id: 'deductPoints',
    service: 'point',
    summary: 'Deduct points; 409 when the balance is too small',
    method: 'POST',
    path: '/internal/points/deduct',
    access: 'internal',
    body: closed({ userId: Id, amount: Amount }),
    status: 200,
    answer: Balance,
    idempotent: true,
    problems: ['account-unknown', 'balance-too-small'],
  },
} as const satisfies Record<string, Operation>;
