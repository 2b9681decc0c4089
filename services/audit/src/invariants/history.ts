import type { Facts } from '../facts';
import { tally, type Tally } from '../tally';
import type { Command, Finding } from '../types';
import { eventsOf } from '../views';

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** Effects that there must be and may be of commands that name the same effect. */
interface Bounds {
  least: number;
  most: number;
}

/** An acknowledged sign-up is a user, a failed one is none, an unanswered one is one or none. */
export function signUps({ user }: Facts, history: readonly Command[]): Finding {
  const found = tally(
    'sign-ups',
    'Of each sign-up: acknowledged one user, failed none, unanswered at most one',
  );
  const commands = history.filter((command): command is Of<'sign-up'> => command.kind === 'sign-up');
  if (!user) return unread(found, commands.length, 'the user service');
  const counts = countBy(user.users.map(({ email }) => email));
  checkBounds(
    found,
    boundsBy(commands, ({ email }) => email.trim().toLowerCase()),
    counts,
  );
  return found.finding();
}

/** The same of boards, by author and title; where the id was answered, it is that very board. */
export function boards({ board }: Facts, history: readonly Command[]): Finding {
  const found = tally('boards', 'Of each board: acknowledged one row, failed none, unanswered at most one');
  const commands = history.filter((command): command is Of<'board'> => command.kind === 'board');
  if (!board) return unread(found, commands.length, 'the board service');
  const keyOf = ({ userId, title }: { userId: number; title: string }) => `user ${userId} "${title}"`;
  checkBounds(found, boundsBy(commands, keyOf), countBy(board.boards.map(keyOf)));
  const byId = new Map(board.boards.map((row) => [row.boardId, keyOf(row)]));
  for (const command of commands) {
    if (command.outcome !== 'ok' || command.boardId === undefined) continue;
    const there = byId.get(command.boardId);
    const expected = keyOf(command);
    found.check(
      there === expected,
      () => `board ${command.boardId}: ${there ?? 'nothing'} instead of ${expected}`,
    );
  }
  return found.finding();
}

/** The same of orders, by their customer; where the id was answered, it is that very order. */
export function orders({ order }: Facts, history: readonly Command[]): Finding {
  const found = tally('orders', 'Of each order: acknowledged one row, failed none, unanswered at most one');
  const commands = history.filter((command): command is Of<'order'> => command.kind === 'order');
  if (!order) return unread(found, commands.length, 'the order service');
  const keyOf = ({ customerId }: { customerId: string }) => `customer ${customerId}`;
  checkBounds(found, boundsBy(commands, keyOf), countBy(order.orders.map(keyOf)));
  const byId = new Map(order.orders.map((row) => [row.orderId, keyOf(row)]));
  for (const command of commands) {
    if (command.outcome !== 'ok' || command.orderId === undefined) continue;
    const there = byId.get(command.orderId);
    const expected = keyOf(command);
    found.check(
      there === expected,
      () => `order ${command.orderId}: ${there ?? 'nothing'} instead of ${expected}`,
    );
  }
  return found.finding();
}

/**
 * An acknowledged change of name was told of, unless the user had that name already: then nothing changes, and
 * nothing is told. No name was told of more often than it was asked for.
 */
export function renames(facts: Facts, history: readonly Command[]): Finding {
  const found = tally(
    'renames',
    'Of each change of name: acknowledged told, failed not, unanswered at most once',
  );
  const commands = history.filter((command): command is Of<'rename'> => command.kind === 'rename');
  if (!facts.user) return unread(found, commands.length, 'the user service');
  const keyOf = (userId: number | undefined, name: string | undefined) =>
    `user ${userId ?? 0} "${name ?? ''}"`;
  const first = new Set(eventsOf(facts, 'user.signed-up').map(({ data }) => keyOf(data?.userId, data?.name)));
  const updates = countBy(eventsOf(facts, 'user.updated').map(({ data }) => keyOf(data?.userId, data?.name)));
  for (const [key, { least, most }] of boundsBy(commands, ({ userId, name }) => keyOf(userId, name))) {
    const count = updates.get(key) ?? 0;
    const isTold = least === 0 || count > 0 || first.has(key);
    found.check(isTold && count <= most, () => `${key}: told ${count} times, asked for ${least} to ${most}`);
  }
  return found.finding();
}

/** The commands were given, but not the database that they changed: that is not a green result. */
function unread(found: Tally, commands: number, what: string): Finding {
  if (commands > 0) found.check(false, () => `${commands} commands, but ${what} was not read`);
  return found.finding();
}

function checkBounds(found: Tally, bounds: ReadonlyMap<string, Bounds>, counts: ReadonlyMap<string, number>) {
  for (const [key, { least, most }] of bounds) {
    const count = counts.get(key) ?? 0;
    const expected = least === most ? String(least) : `${least} to ${most}`;
    found.check(count >= least && count <= most, () => `${key}: ${count} there, ${expected} expected`);
  }
}

function boundsBy<C extends Command>(
  commands: readonly C[],
  keyOf: (command: C) => string,
): Map<string, Bounds> {
  const bounds = new Map<string, Bounds>();
  for (const command of commands) {
    const key = keyOf(command);
    const bound = bounds.get(key) ?? { least: 0, most: 0 };
    if (command.outcome === 'ok') bound.least++;
    if (command.outcome !== 'fail') bound.most++;
    bounds.set(key, bound);
  }
  return bounds;
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
