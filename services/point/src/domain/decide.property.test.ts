import fc from 'fast-check';
import type { Account, Entry } from './account';
import { decide, type Command, type DecidedDeduction, type Rejection } from './decide';

const USERS = 3;
const cause = { correlationId: 'c', sagaId: undefined, traceparent: undefined };

/** The tables, in memory. */
interface Tables {
  readonly accounts: Map<number, Account>;
  readonly entries: Map<string, Entry>;
  readonly deductions: Map<number, DecidedDeduction>;
  readonly rejections: Rejection[];
}

function run(batches: readonly (readonly Command[])[]): Tables {
  const tables: Tables = { accounts: new Map(), entries: new Map(), deductions: new Map(), rejections: [] };
  for (let userId = 1; userId <= USERS; userId++) {
    tables.accounts.set(userId, { userId, balance: 0, opened: false });
  }
  for (const batch of batches) {
    const pending = [...tables.deductions.values()].filter(({ status }) => status === 'PENDING');
    const chargedBoards = new Set(tables.deductions.keys());
    const changes = decide({ accounts: tables.accounts, pending, chargedBoards }, batch);
    for (const account of changes.accounts) tables.accounts.set(account.userId, account);
    for (const entry of changes.entries) {
      expect(tables.entries.has(entry.key)).toBe(false);
      tables.entries.set(entry.key, entry);
    }
    for (const deduction of changes.deductions) {
      expect(tables.deductions.get(deduction.boardId)?.status ?? 'PENDING').toBe('PENDING');
      tables.deductions.set(deduction.boardId, deduction);
    }
    tables.rejections.push(...changes.rejections);
  }
  return tables;
}

/** What a user's events bring, in their order and with repeats. */
const commandsOf = (userId: number): fc.Arbitrary<Command[]> =>
  fc.array(
    fc.oneof(
      { weight: 1, arbitrary: fc.constant<Command>({ type: 'open', userId }) },
      {
        weight: 4,
        arbitrary: fc.nat(11).map((nth): Command => {
          const amount = 50 + 60 * nth;
          return { type: 'charge', deduction: { boardId: userId * 100 + nth, userId, amount, cause } };
        }),
      },
    ),
    { maxLength: 20 },
  );

const histories = fc.tuple(...Array.from({ length: USERS }, (_, index) => commandsOf(index + 1)));
const choices = fc.array(fc.nat(USERS - 1), { maxLength: 60 });
const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 10 });

/** One order over all users that keeps each user's own. */
function interleave(lists: readonly (readonly Command[])[], picks: readonly number[]): Command[] {
  const rest = lists.map((list) => [...list]);
  const merged = picks.flatMap((pick) => rest[pick]?.shift() ?? []);
  return [...merged, ...rest.flat()];
}

function inBatches(commands: readonly Command[], lengths: readonly number[]): Command[][] {
  const batches: Command[][] = [];
  for (let from = 0, nth = 0; from < commands.length; nth++) {
    const length = lengths[nth % lengths.length] as number;
    batches.push(commands.slice(from, from + length));
    from += length;
  }
  return batches;
}

const sumOf = (tables: Tables, userId: number) =>
  [...tables.entries.values()].reduce((sum, entry) => sum + (entry.userId === userId ? entry.amount : 0), 0);

const byKey = (one: string, other: string) => (one < other ? -1 : 1);

function ledgerOf({ accounts, entries, deductions, rejections }: Tables) {
  return {
    accounts: [...accounts.values()],
    entries: [...entries.values()].sort((one, other) => byKey(one.key, other.key)),
    deductions: [...deductions.values()].sort((one, other) => one.boardId - other.boardId),
    rejected: rejections.sort((one, other) => one.deduction.boardId - other.deduction.boardId),
  };
}

describe('decide, over any history in any batches', () => {
  it('keeps every balance the sum of its entries, and never negative', () => {
    fc.assert(
      fc.property(histories, choices, sizes, (lists, picks, lengths) => {
        const tables = run(inBatches(interleave(lists, picks), lengths));
        for (const { userId, balance } of tables.accounts.values()) {
          expect(balance).toBe(sumOf(tables, userId));
          expect(balance).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('leaves nothing waiting in an open account, moves nothing in another, and tells of each rejection once', () => {
    fc.assert(
      fc.property(histories, choices, sizes, (lists, picks, lengths) => {
        const { accounts, deductions, rejections } = run(inBatches(interleave(lists, picks), lengths));
        for (const { userId, status } of deductions.values()) {
          expect(status === 'PENDING').toBe(!accounts.get(userId)?.opened);
        }
        const rejected = [...deductions.values()].filter(({ status }) => status === 'REJECTED');
        expect(rejections.map(({ deduction }) => deduction.boardId).sort()).toEqual(
          rejected.map(({ boardId }) => boardId).sort(),
        );
      }),
    );
  });

  it('comes to the same ledger for the same order of each user, whatever the batches and the other users', () => {
    fc.assert(
      fc.property(
        histories,
        choices,
        sizes,
        choices,
        sizes,
        (lists, picks, lengths, otherPicks, otherLengths) => {
          const ledger = ledgerOf(run(inBatches(interleave(lists, picks), lengths)));
          const other = ledgerOf(run(inBatches(interleave(lists, otherPicks), otherLengths)));
          expect(other).toEqual(ledger);
        },
      ),
    );
  });

  it('comes to the same ledger however often its events are delivered again', () => {
    fc.assert(
      fc.property(histories, choices, sizes, (lists, picks, lengths) => {
        const commands = interleave(lists, picks);
        const once = run(inBatches(commands, lengths));
        const twice = run([...inBatches(commands, lengths), ...inBatches(commands, [3])]);
        expect(ledgerOf(twice).entries).toEqual(ledgerOf(once).entries);
      }),
    );
  });
});
