import type { Facts } from '../facts';
import { tally } from '../tally';
import type { Finding } from '../types';
import { eventsOf } from '../views';

/** A board and its event are one transaction: neither is there without the other, nor is there a second event. */
export function boardEvents(facts: Facts): Finding {
  const found = tally('board-events', 'Each board was told of exactly once');
  const { board } = facts;
  const logs = facts.logs.filter(({ topic }) => topic === 'board.created');
  if (!board || logs.length === 0) return found.finding();
  const told = new Map<number, number>();
  for (const { data, source } of eventsOf(facts, 'board.created')) {
    if (data?.boardId === undefined || source !== '/naru/board') continue;
    told.set(data.boardId, (told.get(data.boardId) ?? 0) + 1);
  }
  const isComplete = logs.every(({ low }) => low === 0);
  for (const { boardId } of board.boards) {
    const count = told.get(boardId) ?? 0;
    told.delete(boardId);
    if (isComplete || count > 0) found.check(count === 1, () => `board ${boardId}: told ${count} times`);
  }
  for (const boardId of told.keys()) found.check(false, () => `board ${boardId}: told of, but not there`);
  if (!isComplete) found.note('older events are past the retention of their topic');
  return found.finding();
}
