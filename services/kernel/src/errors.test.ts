import { classify, InfrastructureError, PermanentError, PoisonError, ProblemError } from './errors';

const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });

test.each([
  ['poison', new PoisonError('not-json', 'x')],
  ['permanent', new PermanentError('no', 'x')],
  ['permanent', new ProblemError(409, 'no', 'x')],
  ['permanent', new TypeError('a bug')],
  ['permanent', coded('ER_DATA_TOO_LONG')],
  ['permanent', 'a string'],
  ['infrastructure', new InfrastructureError('smtp', 'x')],
  ['infrastructure', coded('ECONNREFUSED')],
  ['infrastructure', coded('PROTOCOL_CONNECTION_LOST', { fatal: true })],
  ['infrastructure', coded('ER_SERVER_SHUTDOWN')],
  ['infrastructure', coded('SOMETHING_NEW', { fatal: true })],
  ['infrastructure', coded('ER_CLIENT_INTERACTION_TIMEOUT')],
  ['infrastructure', coded('ER_READ_ONLY_MODE')],
  ['infrastructure', Object.assign(new Error('Connection was killed'), { errno: 1927 })],
  ['infrastructure', Object.assign(new Error('x'), { name: 'KnexTimeoutError' })],
  ['contention', coded('ER_LOCK_DEADLOCK')],
  ['contention', coded('ER_LOCK_WAIT_TIMEOUT')],
  ['contention', coded('ER_TRANSACTION_ROLLBACK_DURING_COMMIT')],
  ['cancelled', Object.assign(new Error('x'), { name: 'AbortError' })],
])('%s', (expected, error) => {
  expect(classify(error)).toBe(expected);
});
