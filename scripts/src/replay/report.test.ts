import { describe, expect, it } from '@jest/globals';
import type { Difference } from './compare';
import { formatReplay } from './report';
import type { ReplayReport } from './run';

const story = 'order-1';
const service = 'product';
const differences: Difference[] = [
  {
    service,
    story,
    kind: 'missing-event',
    type: 'stock.rejected',
    place: 'stock.events.v1[0]@7',
    data: { a: 1 },
  },
  { service, story, kind: 'extra-event', type: 'stock.reserved', data: { a: 2 } },
  {
    service,
    story,
    kind: 'other-payload',
    type: 'stock.released',
    place: 'stock.events.v1[0]@8',
    fields: [{ field: 'reason', then: undefined, now: 'late' }],
  },
  { service, story, kind: 'other-order', topic: 'stock.events.v1', then: ['a', 'b'], now: ['b', 'a'] },
  { service, story, kind: 'dead-lettered-now', id: 'g:t:0:1', exception: 'PermanentError:x: no' },
  { service, story, kind: 'dead-lettered-then', id: 'g:t:0:2', exception: 'PermanentError:x: no' },
  {
    service,
    story,
    kind: 'other-dead-letter',
    id: 'g:t:0:3',
    fields: [{ field: 'message', then: 'no', now: 'never' }],
  },
  {
    service,
    story,
    kind: 'other-state',
    table: 'reservations',
    id: story,
    fields: [{ field: 'status', then: 'REJECTED', now: 'HELD' }],
  },
];

const report = (found: readonly Difference[]): ReplayReport => ({
  from: null,
  to: '2026-11-26T11:33:17.591Z',
  stories: 1,
  services: [
    {
      service,
      records: 3,
      history: 7,
      told: 2,
      effects: [
        { dependency: 'smtp', action: 'send', details: { to: 'a' } },
        { dependency: 'smtp', action: 'send', details: { to: 'b' } },
      ],
      differences: found,
      caveats: ['clocks differ'],
    },
  ],
  isSame: found.length === 0,
});

describe('the report in words', () => {
  it('says what was replayed, what was captured and what is to be known', () => {
    expect(formatReplay(report([])).split('\n')).toEqual([
      'replayed 1 story from the beginning to 2026-11-26T11:33:17.591Z',
      '',
      'service  records  history  events  effects  differences',
      'product        3        7       2        2            0',
      '',
      'captured, not made:',
      '  product: send to smtp {"to":"a"} and 1 more',
      '',
      'to be known:',
      '  product: clocks differ',
      '',
      'no difference: this code does what the released code did',
    ]);
  });

  it('says of each difference what it is', () => {
    const text = formatReplay(report(differences));
    expect(text.slice(text.indexOf('differences:')).split('\n')).toEqual([
      'differences:',
      '  product: stock.rejected of order-1 is missing; it was told as stock.events.v1[0]@7',
      '      {"a":1}',
      '  product: stock.reserved of order-1 is told and was not',
      '      {"a":2}',
      '  product: stock.released of order-1 is another than stock.events.v1[0]@8',
      '      reason: nothing then, "late" now',
      '  product: events of order-1 on stock.events.v1 come in another order',
      '      then a, b',
      '      now  b, a',
      '  product: g:t:0:1 is a dead letter and was not: PermanentError:x: no',
      '  product: g:t:0:2 was a dead letter and is not: PermanentError:x: no',
      '  product: g:t:0:3 is a dead letter for another reason',
      '      message: "no" then, "never" now',
      '  product: reservations has order-1 otherwise',
      '      status: "REJECTED" then, "HELD" now',
      '',
      '8 differences',
    ]);
  });

  it('shows the first fifty, and says how many there are', () => {
    const text = formatReplay(report(Array.from({ length: 60 }, () => differences[1] as Difference)));
    expect(text).toContain('and 10 more (--json has all)');
    expect(text).toContain('60 differences');
  });
});
