import fc from 'fast-check';
import { evolve, scoreOf, settle, type BoardFact, type BoardNews, type BoardScore } from './board-score';

const created = (boardId: number, userId = 1): BoardNews => ({ fact: 'board.created', boardId, userId });
const rejected = (boardId: number, userId = 1): BoardNews => ({
  fact: 'point.deduction-rejected',
  boardId,
  userId,
});
const awarded: BoardScore = { boardId: 5, userId: 1, status: 'AWARDED' };
const tombstone: BoardScore = { boardId: 5, userId: 1, status: 'REJECTED' };

function scoresAfter(known: readonly BoardScore[], news: readonly BoardNews[]) {
  const { changed, scoreChanges } = settle(known, news);
  return { statuses: changed.map(({ status }) => status), scores: [...scoreChanges] };
}

describe('score for boards', () => {
  test('given nothing, when a board is created, then its author has earned 10', () => {
    expect(scoresAfter([], [created(5)])).toEqual({ statuses: ['AWARDED'], scores: [[1, 10]] });
  });

  test('given an award, when its deduction is rejected, then it is taken back', () => {
    expect(scoresAfter([awarded], [rejected(5)])).toEqual({ statuses: ['TAKEN_BACK'], scores: [[1, -10]] });
  });

  test('given nothing, when a rejection comes first, then it leaves a tombstone and the score alone', () => {
    expect(scoresAfter([], [rejected(5)])).toEqual({ statuses: ['REJECTED'], scores: [] });
  });

  test('given a tombstone, when its board comes, then it earns nothing', () => {
    expect(scoresAfter([tombstone], [created(5)])).toEqual({ statuses: ['TAKEN_BACK'], scores: [] });
  });

  test('given an award, when the board is heard of again, then nothing changes', () => {
    expect(scoresAfter([awarded], [created(5)])).toEqual({ statuses: [], scores: [] });
  });

  test('given nothing, when several boards of several users come at once, then each earns its own', () => {
    const news = [created(7, 2), created(6), created(8), created(8), rejected(6), rejected(9, 2)];
    expect(scoresAfter([], news)).toEqual({
      statuses: ['TAKEN_BACK', 'AWARDED', 'AWARDED', 'REJECTED'],
      scores: [
        [1, 10],
        [2, 10],
      ],
    });
  });

  test("given a user's board, when a fact names another user, then it is a mismatch and changes nothing", () => {
    const { changed, scoreChanges, mismatches } = settle([awarded], [rejected(5, 2)]);
    expect({ changed, scores: [...scoreChanges], mismatches }).toEqual({
      changed: [],
      scores: [],
      mismatches: [{ boardId: 5, userId: 2 }],
    });
  });

  test('any order and repetition of the same facts ends the same', () => {
    const facts = fc.array(fc.constantFrom<BoardFact>('board.created', 'point.deduction-rejected'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(facts, (heard) => {
        const status = heard.reduce<ReturnType<typeof evolve> | undefined>(evolve, undefined);
        const isRejected = heard.includes('point.deduction-rejected');
        expect(scoreOf(status)).toBe(isRejected ? 0 : 10);
      }),
    );
  });

  test('settling facts in batches of any size adds up to the same score', () => {
    const news = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 })), { maxLength: 30 });
    fc.assert(
      fc.property(news, fc.integer({ min: 1, max: 7 }), (heard, size) => {
        const all = heard.map(([isCreated, boardId]) => (isCreated ? created(boardId) : rejected(boardId)));
        const boards = new Map<number, BoardScore>();
        let score = 0;
        for (let from = 0; from < all.length; from += size) {
          const { changed, scoreChanges } = settle([...boards.values()], all.slice(from, from + size));
          for (const board of changed) boards.set(board.boardId, board);
          score += scoreChanges.get(1) ?? 0;
        }
        expect(score).toBe(settle([], all).scoreChanges.get(1) ?? 0);
      }),
    );
  });
});
