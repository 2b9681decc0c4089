/** Score that an author earns with a board. */
export const BOARD_SCORE = 10;

/**
 * What is known of a board's score. `REJECTED` is a tombstone: the rejection came before the board, which then earns
 * nothing. `TAKEN_BACK` has heard both, in either order.
 */
export type BoardScoreStatus = 'AWARDED' | 'REJECTED' | 'TAKEN_BACK';

export type BoardFact = 'board.created' | 'point.deduction-rejected';

export interface BoardScore {
  readonly boardId: number;
  readonly userId: number;
  readonly status: BoardScoreStatus;
}

export interface BoardNews {
  readonly fact: BoardFact;
  readonly boardId: number;
  readonly userId: number;
}

/** A fact about a board that does not belong to the user it names. */
export interface Mismatch {
  readonly boardId: number;
  readonly userId: number;
}

export interface Settlement {
  /** Boards whose status is new, by board id. */
  readonly changed: readonly BoardScore[];
  /** What each user's score changes by; never 0. */
  readonly scoreChanges: ReadonlyMap<number, number>;
  readonly mismatches: readonly Mismatch[];
}

/** The same facts lead to the same status in any order and however often they are heard. */
export function evolve(status: BoardScoreStatus | undefined, fact: BoardFact): BoardScoreStatus {
  if (fact === 'board.created')
    return status === undefined || status === 'AWARDED' ? 'AWARDED' : 'TAKEN_BACK';
  return status === undefined || status === 'REJECTED' ? 'REJECTED' : 'TAKEN_BACK';
}

export function scoreOf(status: BoardScoreStatus | undefined): number {
  return status === 'AWARDED' ? BOARD_SCORE : 0;
}

/** Applies facts in their order to what is known of their boards. */
export function settle(known: readonly BoardScore[], news: readonly BoardNews[]): Settlement {
  const before = new Map(known.map((board) => [board.boardId, board]));
  const after = new Map(before);
  const mismatches: Mismatch[] = [];
  for (const { fact, boardId, userId } of news) {
    const board = after.get(boardId);
    if (board && board.userId !== userId) mismatches.push({ boardId, userId });
    else after.set(boardId, { boardId, userId, status: evolve(board?.status, fact) });
  }
  const changed = [...after.values()]
    .filter(({ boardId, status }) => before.get(boardId)?.status !== status)
    .sort((a, b) => a.boardId - b.boardId);
  const scoreChanges = new Map<number, number>();
  for (const { boardId, userId, status } of changed) {
    const change = scoreOf(status) - scoreOf(before.get(boardId)?.status);
    scoreChanges.set(userId, (scoreChanges.get(userId) ?? 0) + change);
  }
  for (const [userId, change] of scoreChanges) if (change === 0) scoreChanges.delete(userId);
  return { changed, scoreChanges, mismatches };
}
