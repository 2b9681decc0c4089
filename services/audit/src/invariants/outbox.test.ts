import { describe, expect, test } from '@jest/globals';
import { aLetter, aLog, aRecord, aRow, crossing, NOW_MS } from '../../test/some-facts';
import { noPhantom, order, published } from './outbox';

const DAY_MS = 24 * 60 * 60_000;
const [a, b, c] = [aRecord('a', 0), aRecord('b', 1), aRecord('c', 2)];

describe('published', () => {
  test('rows that are in their topic are fine', () => {
    expect(published(crossing([a, b, c]))).toMatchObject({ checked: 3, violated: 0 });
  });

  test('a row that is in no log is a loss', () => {
    const rows = [aRow('a', 1), aRow('lost', 2), aRow('b', 3)];
    const finding = published(crossing([a, b], { rows }));
    expect(finding).toMatchObject({ checked: 3, violated: 1 });
    expect(finding.violations).toEqual(['user lost: not in user.signed-up[0]']);
  });

  test('a row whose record has other bytes is told apart from a lost one', () => {
    const rows = [aRow('a', 1, { fingerprint: 'f:before' })];
    expect(published(crossing([a], { rows })).violations).toEqual([
      'user a: other bytes in user.signed-up[0]',
    ]);
  });

  test('a row past the retention of its topic is noted; one of a topic that keeps all is lost', () => {
    const rows = [aRow('old', 1, { publishedAt_ms: NOW_MS - 8 * DAY_MS })];
    const weekly = published(crossing([a], { rows, log: { retention_ms: 7 * DAY_MS, low: 0 } }));
    expect(weekly).toMatchObject({
      checked: 0,
      violated: 0,
      notes: ['1 rows are past the retention of their topic'],
    });
    expect(published(crossing([a], { rows }))).toMatchObject({ violated: 1 });
  });

  test('rows that are pending, or that an operator gave up, are not asked for', () => {
    const rows = [
      aRow('x', 1, { status: 'PENDING', publishedAt_ms: null }),
      aRow('y', 2, { publishedAt_ms: null }),
    ];
    const finding = published(crossing([], { rows }));
    expect(finding).toMatchObject({ checked: 0, notes: ['1 rows of user were given up by an operator'] });
  });
});

describe('order', () => {
  test('the order of rows is the order of first occurrences, whatever is repeated later', () => {
    const facts = crossing([a, b, aRecord('a', 2), c], { rows: [aRow('a', 1), aRow('b', 2), aRow('c', 3)] });
    expect(order(facts)).toMatchObject({ checked: 2, violated: 0 });
  });

  test('a row that was overtaken by a later one of its key is named', () => {
    const facts = crossing([b, aRecord('a', 3)], { rows: [aRow('a', 1), aRow('b', 2)] });
    expect(order(facts).violations).toEqual([
      'user b: user.signed-up[0]@1, its row is after that of a (offset 3)',
    ]);
  });

  test('another key may overtake', () => {
    const facts = crossing([b, aRecord('a', 3)], {
      rows: [aRow('a', 1), aRow('b', 2, { orderingKey: '2' })],
    });
    expect(order(facts)).toMatchObject({ checked: 0, violated: 0 });
  });
});

describe('no-phantom', () => {
  test('records and dead letters with their rows are fine', () => {
    expect(noPhantom(crossing([a, b], { letters: [aLetter(a, 0)] }))).toMatchObject({
      checked: 3,
      violated: 0,
    });
  });

  test('a record that its service never wrote', () => {
    const finding = noPhantom(crossing([a, aRecord('forged', 1)], { rows: [aRow('a', 1)] }));
    expect(finding.violations).toEqual(['user.signed-up[0]@1 (forged): in no outbox']);
  });

  test('a dead letter and a record sent again belong to the group, not to the source of the event', () => {
    const again = aRecord('a', 1, { fingerprint: 'f:again', redriveGroup: 'point-consumer-group' });
    const facts = crossing([a, again], {
      rows: [aRow('a', 1)],
      letters: [aLetter(a, 0)],
      point: { rows: [] },
    });
    const point = aRow('redrive:1', 1, { fingerprint: 'f:again' });
    const complete = {
      ...facts,
      services: facts.services.map((one) => (one.name === 'point' ? { ...one, rows: [point] } : one)),
    };
    expect(noPhantom(complete).violations).toEqual(['user.signed-up.dlt[0]@0 (a): in no outbox']);
  });

  test('what is older than the oldest row kept, and what is of nobody known, is noted', () => {
    const old = aRecord('old', 0, { timestamp_ms: NOW_MS - DAY_MS });
    const foreign = aRecord('poison', 1, { source: undefined });
    const facts = crossing([old, foreign, c], { rows: [aRow('c', 7)] });
    expect(noPhantom(facts)).toMatchObject({
      checked: 1,
      violated: 0,
      notes: ['1 records are older than what their outboxes keep', '1 records are of no audited service'],
    });
  });

  test('an empty log has nothing to judge', () => {
    expect(noPhantom({ ...crossing([]), logs: [aLog([])] })).toMatchObject({ checked: 0, violated: 0 });
  });
});
