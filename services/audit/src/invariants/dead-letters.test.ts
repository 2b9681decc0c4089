import { describe, expect, test } from '@jest/globals';
import { aLetter, aRecord, aRow, crossing, DEAD_LETTERS, GROUP, TOPIC } from '../../test/some-facts';
import { deadLetters, poison } from './dead-letters';

const [a, b] = [aRecord('a', 0), aRecord('b', 1)];
const id = `${GROUP}:${TOPIC}:0:0`;

describe('dead-letters', () => {
  test('one of each, as its record is, is fine', () => {
    expect(deadLetters(crossing([a, b], { letters: [aLetter(a, 0), aLetter(b, 1)] }))).toMatchObject({
      checked: 4,
      violated: 0,
    });
  });

  test('a second one with other bytes', () => {
    const letters = [aLetter(a, 0), aLetter(a, 1, { fingerprint: 'f:other' })];
    expect(deadLetters(crossing([a], { letters, point: { rows: [] } })).violations).toEqual([
      `${id}: another one at ${DEAD_LETTERS}[0]@1`,
    ]);
  });

  test('a copy by the relay is noted; a second row in the outbox is not one', () => {
    const letters = [aLetter(a, 0), aLetter(a, 1)];
    const rows = [aRow(id, 1, { fingerprint: `f:${id}` })];
    const repeated = deadLetters(crossing([a], { letters, point: { rows } }));
    expect(repeated).toMatchObject({
      violated: 0,
      notes: ['1 dead letters were repeated byte for byte by the relay'],
    });
    const twice = deadLetters(crossing([a], { letters, point: { rows: [...rows, { ...rows[0]!, id: 2 }] } }));
    expect(twice.violations).toEqual([`${id}: 2 outbox rows`]);
  });

  test.each([
    ['other bytes', { content: 'c:changed' }],
    ['another partition', { partition: 1 }],
  ])('one with %s than its record', (_, change) => {
    expect(deadLetters(crossing([a], { letters: [aLetter(a, 0, change)] })).violations).toEqual([
      `${id}: not as ${TOPIC}[0]@0`,
    ]);
  });

  test('one of a record that never was; one whose record has expired is noted', () => {
    const letters = [aLetter(a, 0)];
    expect(deadLetters(crossing([b], { letters })).violations).toEqual([`${id}: there is no such record`]);
    const expired = deadLetters(crossing([b], { letters, log: { low: 1 } }));
    expect(expired).toMatchObject({
      violated: 0,
      notes: ['1 records of dead letters are past the retention of their topic'],
    });
  });
});

describe('poison', () => {
  const undeclared = aRecord('a', 0, { isIdentified: false, isDecoded: false, data: undefined });

  test('an unreadable record with its dead letter is fine', () => {
    expect(poison(crossing([undeclared, b], { letters: [aLetter(undeclared, 0)] }))).toMatchObject({
      checked: 1,
      violated: 0,
    });
  });

  test.each([
    ['of an undeclared type', undeclared],
    ['that does not fit its schema', aRecord('a', 0, { isDecoded: false })],
  ])('one %s without a dead letter', (_, record) => {
    expect(poison(crossing([record])).violations).toEqual([`${id}: no dead letter`]);
  });

  test('the dead letter of another group does not count', () => {
    const facts = crossing([undeclared], { letters: [aLetter(undeclared, 0, {}, 'email-consumer-group')] });
    expect(poison(facts)).toMatchObject({ violated: 1 });
  });

  test('one of a declared type that the group passes over, or behind a parked record, is none of its dead letters', () => {
    const passed = aRecord('a', 0, { type: 'user.updated', isDecoded: false });
    expect(poison(crossing([passed]))).toMatchObject({ checked: 0, violated: 0 });
    const parked = [{ topic: TOPIC, partition: 0, offset: 0 }];
    expect(poison(crossing([undeclared], { point: { parked } }))).toMatchObject({ checked: 1, violated: 0 });
  });
});
