import { describe, expect, test } from '@jest/globals';
import { aLetter, aRecord, aRow, crossing, GROUP, NOW_MS, TOPIC } from '../../test/some-facts';
import { complete, drained, received } from './delivery';

const [a, b] = [aRecord('a', 0), aRecord('b', 1)];
const lane = `${TOPIC}[0]`;
const DAY_MS = 24 * 60 * 60_000;

describe('complete', () => {
  const sources = [
    { name: 'user.outbox', isWhole: true },
    { name: lane, isWhole: true },
  ];

  test('all that was read in full is fine', () => {
    expect(complete({ ...crossing([a]), sources })).toMatchObject({ checked: 2, violated: 0 });
  });

  test('a source with more than can be judged is named', () => {
    const finding = complete({
      ...crossing([a]),
      sources: [...sources, { name: 'user.inbox', isWhole: false }],
    });
    expect(finding.violations).toEqual(['user.inbox: too large to judge']);
  });
});

describe('drained', () => {
  test('published rows and groups at the end are fine', () => {
    expect(drained(crossing([a, b]))).toMatchObject({ violated: 0 });
  });

  test.each(['PENDING', 'FAILED'] as const)('a %s row is named', (status) => {
    const rows = [aRow('a', 1), aRow('stuck', 2, { status, lastError: 'too large' })];
    expect(drained(crossing([a], { rows })).violations).toEqual([
      `user stuck for ${TOPIC} is ${status}: too large`,
    ]);
  });

  test.each([
    ['by its database', { progress: new Map([[lane, 1]]) }, 'end 2, database 1, committed 2'],
    ['by its commits', { committed: new Map<string, number>() }, 'end 2, database 2, committed none'],
  ])('a group that is behind %s is named', (_, point, where) => {
    expect(drained(crossing([a, b], { point })).violations).toEqual([`${GROUP} ${lane}: ${where}`]);
  });

  test('a system that did not come to rest is not drained', () => {
    expect(drained({ ...crossing([a]), isAtRest: false })).toMatchObject({ violated: 1 });
  });
});

describe('received', () => {
  test('what is in the inbox is fine, however often it is in the log', () => {
    expect(received(crossing([a, b, aRecord('a', 2)]))).toMatchObject({ checked: 3, violated: 0 });
  });

  test('an event that the group passed without having received it is lost', () => {
    const finding = received(crossing([a, b], { point: { received: new Set(['b']) } }));
    expect(finding.violations).toEqual([`${GROUP} never received a at ${lane}@0`]);
  });

  test('dead letters and parked records are put aside, not lost', () => {
    const point = { received: new Set<string>(), parked: [{ topic: TOPIC, partition: 0, offset: 1 }] };
    const finding = received(crossing([a, b], { letters: [aLetter(a, 0)], point }));
    expect(finding).toMatchObject({
      checked: 0,
      violated: 0,
      notes: ['2 events are dead letters or parked'],
    });
  });

  test('a dead letter sent again must be received, or be a dead letter again', () => {
    const again = aRecord('a', 1, { redriveGroup: GROUP });
    const facts = crossing([a, again], { letters: [aLetter(a, 0)], point: { received: new Set() } });
    expect(received(facts).violations).toEqual([`${GROUP} never received a at ${lane}@1`]);
  });

  test('other types, poison, other groups and what is not yet read do not count', () => {
    const records = [
      aRecord('other', 0, { type: 'user.updated' }),
      aRecord('broken', 1, { isDecoded: false }),
      aRecord('theirs', 2, { redriveGroup: 'email-consumer-group' }),
      aRecord('later', 3),
    ];
    const point = { received: new Set<string>(), progress: new Map([[lane, 3]]) };
    expect(received(crossing(records, { point }))).toMatchObject({ checked: 0, violated: 0 });
  });

  test('what is older than inboxes keep is noted', () => {
    const old = aRecord('old', 0, { timestamp_ms: NOW_MS - 20 * DAY_MS });
    const finding = received(crossing([old], { point: { received: new Set() } }));
    expect(finding).toMatchObject({ violated: 0, notes: ['1 events are older than what inboxes keep'] });
  });
});
