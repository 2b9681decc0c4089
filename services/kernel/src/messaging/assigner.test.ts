import fc from 'fast-check';
import { spread } from './assigner';

const member = (memberId: string, ...topics: string[]) => ({ memberId, topics: new Set(topics) });
const three = [0, 1, 2];

test('three members own one of three partitions each, of every topic', () => {
  const members = [member('a', 't', 'u'), member('b', 't', 'u'), member('c', 't', 'u')];
  const assignment = spread(
    members,
    new Map([
      ['t', three],
      ['u', three],
    ]),
  );
  for (const { memberId } of members) {
    expect(assignment[memberId]?.['t']).toHaveLength(1);
    expect(assignment[memberId]?.['u']).toHaveLength(1);
  }
});

test('a topic that only a newer member subscribes to goes to that member', () => {
  const assignment = spread(
    [member('new', 't', 'added'), member('old', 't')],
    new Map([
      ['t', three],
      ['added', three],
    ]),
  );
  expect(assignment['new']?.['added']).toEqual(three);
  expect(assignment['old']?.['added']).toBeUndefined();
});

test('every partition that somebody subscribes to is assigned once, evenly, and alike for any order of members', () => {
  const topics = ['t1', 't2', 't3'];
  const members = fc.uniqueArray(
    fc.record({ memberId: fc.string({ minLength: 1, maxLength: 4 }), topics: fc.subarray(topics) }),
    { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 9 }), (drawn, count) => {
      const numbers = Array.from({ length: count }, (_, partition) => partition);
      const partitions = new Map(topics.map((topic) => [topic, numbers]));
      const all = drawn.map(({ memberId, topics: subscribed }) => member(memberId, ...subscribed));
      const assignment = spread(all, partitions);
      expect(spread([...all].reverse(), partitions)).toEqual(assignment);
      for (const topic of topics) {
        const subscribers = all.filter((one) => one.topics.has(topic));
        const shares = subscribers.map(({ memberId }) => assignment[memberId]?.[topic] ?? []);
        expect(shares.flat().sort()).toEqual(subscribers.length > 0 ? numbers : []);
        if (shares.length > 0) {
          const sizes = shares.map((share) => share.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }
    }),
  );
});
