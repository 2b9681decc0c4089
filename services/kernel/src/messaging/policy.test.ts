import { PermanentError, PoisonError } from '../errors';
import { attempt, CancelledError } from './policy';

const quick = { attempts: 4, delay_ms: 1 };
const never = new AbortController().signal;

test('what succeeds on a later attempt is not a failure', async () => {
  let calls = 0;
  const retried: unknown[] = [];
  const work = async () => {
    if (++calls < 3) throw new PermanentError('no', 'not yet');
  };
  expect(await attempt(quick, never, work, (error) => retried.push(error))).toBeNull();
  expect(retried).toHaveLength(2);
});

test('a permanent failure is given up after the policy’s attempts', async () => {
  const error = new PermanentError('no', 'never');
  const work = () => Promise.reject(error);
  expect(await attempt(quick, never, work, () => {})).toEqual({ error, attempts: 4 });
});

test('poison is given up at once', async () => {
  const error = new PoisonError('not-json', 'no');
  expect(
    await attempt(
      quick,
      never,
      () => Promise.reject(error),
      () => {},
    ),
  ).toEqual({ error, attempts: 1 });
});

test('a cancellation is no attempt, and ends the waiting between attempts', async () => {
  const cancelled = new CancelledError();
  await expect(
    attempt(
      quick,
      never,
      () => Promise.reject(cancelled),
      () => {},
    ),
  ).rejects.toBe(cancelled);
  const ending = new AbortController();
  const failing = () => Promise.reject(new PermanentError('no', 'no'));
  const waiting = attempt({ attempts: 2, delay_ms: 60_000 }, ending.signal, failing, () => ending.abort());
  await expect(waiting).rejects.toBeInstanceOf(CancelledError);
});
