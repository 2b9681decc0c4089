import { describe, expect, test } from '@jest/globals';
import { aLog, aRecord, someFacts } from '../../test/some-facts';
import type { LogFacts, LogRecord } from '../facts';
import { boardEvents } from './boards';

const told = (boardId: number, offset: number, more: Partial<LogRecord> = {}) =>
  aRecord(`e${offset}`, offset, {
    topic: 'board.created',
    type: 'board.created',
    source: '/naru/board',
    data: { boardId },
    ...more,
  });
const with_ = (boardIds: readonly number[], records: readonly LogRecord[], log: Partial<LogFacts> = {}) =>
  someFacts({
    board: {
      boards: boardIds.map((boardId) => ({ boardId, userId: 1, title: 'T', status: 'PUBLISHED' })),
      authors: [],
    },
    logs: [aLog(records, { topic: 'board.created', ...log })],
  });

describe('board-events', () => {
  test('one event for each board, repeats of a record and events of others included, is fine', () => {
    const records = [
      told(7, 0),
      told(8, 1),
      told(7, 2, { eventId: 'e0' }),
      told(9, 3, { source: '/naru/test' }),
    ];
    expect(boardEvents(with_([7, 8], records))).toMatchObject({ checked: 2, violated: 0 });
  });

  test.each<[string, number[], LogRecord[], string]>([
    ['a board that nobody told of', [7, 8], [told(7, 0)], 'board 8: told 0 times'],
    ['a board told of by two events', [7], [told(7, 0), told(7, 1)], 'board 7: told 2 times'],
    ['an event whose board is lost', [], [told(7, 0)], 'board 7: told of, but not there'],
  ])('%s', (_, boardIds, records, violation) => {
    expect(boardEvents(with_(boardIds, records)).violations).toEqual([violation]);
  });

  test('boards whose events have expired are not judged', () => {
    const finding = boardEvents(with_([7, 8], [told(8, 5)], { low: 5 }));
    expect(finding).toMatchObject({ checked: 1, violated: 0 });
    expect(finding.notes).toHaveLength(1);
  });
});
