import { PermanentError, transactional, type AnyHandler } from '@naru/kernel';
import { newestProfiles } from './domain/profiles';
import { hideBoards, lockBoards, putAuthors } from './store';

export function boardHandlers(): AnyHandler[] {
  return [
    transactional(['user.signed-up', 'user.updated'], (trx, events) =>
      putAuthors(trx, newestProfiles(events.map(({ data }) => data))),
    ),

    transactional(['point.deduction-rejected'], async (trx, events) => {
      const boardIds = [...new Set(events.map(({ data }) => data.boardId))];
      const known = await lockBoards(trx, boardIds);
      const unknown = boardIds.filter((boardId) => !known.has(boardId));
      if (unknown.length > 0) {
        throw new PermanentError('board-unknown', `there is no board ${unknown.join(', ')} to hide`);
      }
      await hideBoards(trx, boardIds);
    }),
  ];
}
