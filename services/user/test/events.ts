import type { Published } from '@naru/testing';

export const boardCreated = (boardId: number, userId: number, id?: string): Published<'board.created'> => ({
  type: 'board.created',
  data: { boardId, userId, title: `board ${boardId}`, version: 1 },
  ...(id && { id }),
});

export const deductionRejected = (
  boardId: number,
  userId: number,
): Published<'point.deduction-rejected'> => ({
  type: 'point.deduction-rejected',
  data: { boardId, userId, amount: 100, balance: 0 },
});
