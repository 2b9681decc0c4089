import { operations } from '@naru/contracts';
import { page, problem, route, rowsToRead, type MessagingKernel, type Route } from '@naru/kernel';
import { insertBoard, lockAuthor, publishedBoard, publishedBoards } from './store';

const FIRST_VERSION = 1;

export function boardRoutes({ database, outbox }: Pick<MessagingKernel, 'database' | 'outbox'>): Route[] {
  return [
    route(operations.createBoard, (request) =>
      request.once(async (trx) => {
        const { userId } = request.caller;
        const { title, content } = request.body;
        await lockAuthor(trx, userId);
        const boardId = await insertBoard(trx, { userId, title, content, version: FIRST_VERSION });
        const data = { boardId, userId, title, version: FIRST_VERSION };
        await outbox.append(trx, [{ type: 'board.created', data, subject: String(boardId) }]);
        return { headers: { Location: `/api/boards/${boardId}` } };
      }),
    ),

    route(operations.listBoards, async (request) => {
      const boards = await publishedBoards(database, rowsToRead(request), request.query.before);
      return page(request, boards, (board) => board.boardId);
    }),

    route(operations.getBoard, async ({ params }) => {
      const board = await publishedBoard(database, params.boardId);
      if (!board) throw problem('board-unknown', `there is no board ${params.boardId}`);
      return { body: board };
    }),
  ];
}
