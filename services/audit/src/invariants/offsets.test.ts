import { describe, expect, test } from '@jest/globals';
import { aRecord, crossing, GROUP, TOPIC } from '../../test/some-facts';
import type { Commit } from '../facts';
import { offsets } from './offsets';

const lane = `${TOPIC}[0]`;
const facts = crossing([aRecord('a', 0), aRecord('b', 1)]);
const commit = (offset: number | null, partition = 0): Commit => ({
  group: GROUP,
  topic: TOPIC,
  partition,
  offset,
});

describe('offsets', () => {
  test('commits that stand still or go forward are fine, each partition by itself', () => {
    const commits = [commit(1), commit(9, 1), commit(1), commit(2)];
    expect(offsets({ ...facts, commits })).toMatchObject({ checked: 5, violated: 0 });
  });

  test('a commit behind an earlier one', () => {
    const finding = offsets({ ...facts, commits: [commit(5), commit(3), commit(4)] });
    expect(finding.violations).toEqual([`${GROUP} ${lane}: 5, then 3`]);
  });

  test('after Kafka dropped a commit the next may be any', () => {
    const finding = offsets({ ...facts, commits: [commit(5), commit(null), commit(3)] });
    expect(finding).toMatchObject({
      violated: 0,
      notes: ['1 commits were dropped by Kafka with their groups, or expired'],
    });
  });

  test('a commit ahead of what the database has done', () => {
    const ahead = crossing([aRecord('a', 0)], { point: { committed: new Map([[lane, 3]]) } });
    expect(offsets(ahead).violations).toEqual([`${GROUP} ${lane}: committed 3, done by the database 1`]);
  });
});
