import { createHashQueue } from './hash-queue';

const never = new AbortController().signal;

function setUp(runningMax: number, waitingMax: number) {
  const onWaiting = jest.fn();
  const onRefused = jest.fn();
  const onRunning = jest.fn();
  return {
    queue: createHashQueue({ runningMax, waitingMax, onRunning, onWaiting, onRefused }),
    onWaiting,
    onRefused,
  };
}

function deferred() {
  let finish = () => {};
  const promise = new Promise<void>((resolve) => (finish = resolve));
  return { promise, finish };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('as many as allowed run at once; the others follow in their order', async () => {
  const { queue } = setUp(2, 10);
  const works = [deferred(), deferred(), deferred(), deferred()];
  const started: number[] = [];
  const runs = works.map(({ promise }, index) =>
    queue.run(() => {
      started.push(index);
      return promise;
    }, never),
  );
  await turn();
  expect(started).toEqual([0, 1]);
  works[1]!.finish();
  await turn();
  expect(started).toEqual([0, 1, 2]);
  works.forEach(({ finish }) => finish());
  await Promise.all(runs);
  expect(started).toEqual([0, 1, 2, 3]);
});

test('beyond those that may wait one more is refused with 503, at once', async () => {
  const { queue, onWaiting, onRefused } = setUp(1, 1);
  const first = deferred();
  const running = queue.run(() => first.promise, never);
  const waiting = queue.run(async () => 'late', never);
  await expect(queue.run(async () => 'refused', never)).rejects.toMatchObject({
    status: 503,
    headers: { 'Retry-After': '1' },
  });
  expect(onRefused).toHaveBeenCalledTimes(1);
  expect(onWaiting).toHaveBeenLastCalledWith(1);
  first.finish();
  await running;
  await expect(waiting).resolves.toBe('late');
  expect(onWaiting).toHaveBeenLastCalledWith(0);
});

test('who went away while waiting costs no hash, and the next one gets the place', async () => {
  const { queue } = setUp(1, 5);
  const first = deferred();
  const running = queue.run(() => first.promise, never);
  const gone = new AbortController();
  const work = jest.fn();
  const abandoned = queue.run(work, gone.signal);
  const next = queue.run(async () => 'next', never);
  gone.abort();
  first.finish();
  await running;
  await expect(abandoned).rejects.toMatchObject({ name: 'AbortError' });
  expect(work).not.toHaveBeenCalled();
  await expect(next).resolves.toBe('next');
});

test('a failure frees the place', async () => {
  const { queue } = setUp(1, 0);
  await expect(queue.run(() => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken');
  await expect(queue.run(async () => 'ok', never)).resolves.toBe('ok');
});
