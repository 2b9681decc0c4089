import { PermanentError, transactional, type AnyHandler, type Event, type Transaction } from '@naru/kernel';
import { scoreOf, settle, type BoardFact } from './domain/board-score';
import { changeScores, findBoardScores, lockUsers, saveBoardScores } from './store';

/** Score for boards: earned when one is created, taken back when its author could not pay for it. */
export const handlers: readonly AnyHandler[] = [
  transactional<BoardFact>(['board.created', 'point.deduction-rejected'], applyBoardNews),
];

async function applyBoardNews(trx: Transaction, events: readonly Event<BoardFact>[]): Promise<void> {
  const news = events.map(({ type, data: { boardId, userId } }) => ({ fact: type, boardId, userId }));
  const userIds = [...new Set(news.map(({ userId }) => userId))];
  const known = await lockUsers(trx, userIds);
  const unknown = userIds.filter((userId) => !known.has(userId));
  if (unknown.length > 0)
    throw new PermanentError('unknown-user', `there is no user ${unknown.slice(0, 5).join(', ')}`);

  const boards = await findBoardScores(trx, [...new Set(news.map(({ boardId }) => boardId))]);
  const { changed, scoreChanges, mismatches } = settle(boards, news);
  const [mismatch] = mismatches;
  if (mismatch)
    throw new PermanentError('not-the-author', `board ${mismatch.boardId} is not of user ${mismatch.userId}`);
  await saveBoardScores(trx, changed, scoreOf);
  await changeScores(trx, scoreChanges);
}
