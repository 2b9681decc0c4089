import { Type } from '@sinclair/typebox';
import type { Operation } from '../define';
import { closed, Content, Id, Instant, Name, named, nullable, Page, Title } from '../schemas';

const Board = named(
  'Board',
  closed({
    boardId: Id,
    title: Title,
    content: Content,
    user: closed({ userId: Id, name: nullable(Name) }),
    createdAt: Instant,
  }),
);

/** Boards, with their authors' names. */
export const boardOperations = {
  createBoard: {
    id: 'createBoard',
    service: 'board',
    summary: 'Write a board; it costs 100 points and earns 10 score, a moment later',
    method: 'POST',
    path: '/api/boards',
    access: 'user',
    body: named('NewBoard', closed({ title: Title, content: Content })),
    status: 204,
    idempotent: true,
    headers: ['Location'],
  },
  listBoards: {
    id: 'listBoards',
    service: 'board',
    summary: 'Boards, newest first',
    method: 'GET',
    path: '/api/boards',
    access: 'user-or-direct',
    query: Page,
    status: 200,
    answer: Type.Array(Board),
    headers: ['Link'],
  },
  getBoard: {
    id: 'getBoard',
    service: 'board',
    summary: 'One board',
    method: 'GET',
    path: '/api/boards/{boardId}',
    access: 'user-or-direct',
    params: closed({ boardId: Id }),
    status: 200,
    answer: Board,
    problems: ['board-unknown'],
  },
} as const satisfies Record<string, Operation>;
