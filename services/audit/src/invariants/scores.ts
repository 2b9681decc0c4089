import type { Board, ScoreEntry } from '../community-facts';
import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { setAsideBy } from '../views';

/** As the design has it. */
const BOARD_SCORE = 10;

/** A user's score is the sum of its ledger; a board that stands earned 10 once, a rejected one nothing. */
export function scores(facts: Facts): Finding {
  const found = tally('scores', 'A score is the sum of its entries; each board that stands earned 10 once');
  const { user, board } = facts;
  if (!user) return found.finding();
  const sums = new Map<number, number>();
  const byBoard = new Map<number, ScoreEntry[]>();
  for (const entry of user.scoreEntries) {
    sums.set(entry.userId, (sums.get(entry.userId) ?? 0) + entry.score);
    if (entry.boardId !== null) byBoard.set(entry.boardId, [...(byBoard.get(entry.boardId) ?? []), entry]);
  }
  for (const { userId, score } of user.users) {
    found.check(
      score === (sums.get(userId) ?? 0),
      () => `user ${userId}: ${score}, entries ${sums.get(userId) ?? 0}`,
    );
    sums.delete(userId);
  }
  for (const userId of sums.keys()) found.check(false, () => `user ${userId}: entries without a user`);

  const created = setAsideBy(facts, 'user', ['board.created'], ({ data }) => data?.boardId);
  const rejected = setAsideBy(facts, 'user', ['point.deduction-rejected'], ({ data }) => data?.boardId);
  let aside = 0;
  for (const one of board?.boards ?? []) {
    const entries = byBoard.get(one.boardId) ?? [];
    byBoard.delete(one.boardId);
    if (created.has(one.boardId) || rejected.has(one.boardId)) aside++;
    else
      found.check(
        isEarned(one, entries),
        () => `board ${one.boardId} is ${one.status}: ${tellEntries(entries)}`,
      );
  }
  for (const [boardId, entries] of byBoard)
    found.check(entries.length === 1, () => `board ${boardId}: ${entries.length} entries`);
  if (board) found.noteCount(byBoard.size, 'entries are for boards that the board service does not have');
  found.noteCount(aside, 'boards whose events the user service put aside');
  return found.finding();
}

function isEarned({ userId, status }: Board, entries: readonly ScoreEntry[]): boolean {
  const [entry] = entries;
  if (!entry || entries.length > 1 || entry.userId !== userId) return false;
  return status === 'PUBLISHED'
    ? entry.status === 'AWARDED' && entry.score === BOARD_SCORE
    : entry.score === 0;
}

function tellEntries(entries: readonly ScoreEntry[]): string {
  return (
    entries.map(({ userId, status, score }) => `${status} ${score} of user ${userId}`).join(', ') ||
    'no entry'
  );
}

/** A board is hidden exactly when its author could not pay. */
export function rejections(facts: Facts): Finding {
  const found = tally('rejections', 'A board is hidden exactly when it could not be paid for');
  const { board, point } = facts;
  if (!board || !point) return found.finding();
  const deductions = new Map(point.deductions.map(({ boardId, status }) => [boardId, status]));
  const aside = setAsideBy(facts, 'board', ['point.deduction-rejected'], ({ data }) => data?.boardId);
  for (const { boardId, status } of board.boards) {
    const deduction = deductions.get(boardId);
    if (deduction === undefined) continue; // told by `deductions`
    const isRight = (status === 'REJECTED') === (deduction === 'REJECTED') || aside.has(boardId);
    found.check(isRight, () => `board ${boardId} is ${status}, its deduction ${deduction}`);
  }
  return found.finding();
}
