import { parseHistory } from './history';
import type { Command } from './types';

const attempt = { outcome: 'ok', sentAt_ms: 1, latency_ms: 2.5, status: 204 } as const;
const history: readonly Command[] = [
  { kind: 'sign-up', email: 'a@example.com', ...attempt },
  { kind: 'board', userId: 1, title: 'x', boardId: 7, ...attempt },
  { kind: 'board', userId: 1, title: 'y', ...attempt, outcome: 'unknown', status: 0 },
  { kind: 'rename', userId: 1, name: 'z', ...attempt, outcome: 'fail', status: 409 },
  { kind: 'order', customerId: 'c', orderId: undefined, ...attempt },
];

it('reads what was written', () => {
  expect(parseHistory(JSON.stringify(history))).toEqual(history);
});

it.each([
  ['no JSON', 'history'],
  ['no array', '{}'],
  ['nothing', '[null]'],
  ['another kind', JSON.stringify([{ ...history[0], kind: 'sign-in' }])],
  ['a kind that every object has', JSON.stringify([{ ...history[0], kind: 'toString' }])],
  ['another outcome', JSON.stringify([{ ...history[0], outcome: 'lost' }])],
  ['no e-mail', JSON.stringify([{ ...history[0], email: undefined }])],
  ['a user that is a text', JSON.stringify([{ ...history[1], userId: '1' }])],
  ['no time', JSON.stringify([{ ...history[3], sentAt_ms: undefined }])],
])('refuses %s', (_, text) => {
  expect(() => parseHistory(text)).toThrow();
});
