import { InfrastructureError } from '../errors';
import { createLog } from '../log';
import type { IncomingRecord } from './broker';
import { createPartitionWorker } from './partition-worker';

const partition = { topic: 't', partition: 0 };
const record: IncomingRecord = {
  ...partition,
  offset: 0n,
  key: null,
  value: null,
  headers: [],
  timestamp_ms: 0,
};

/** A worker with one record, whose processing is this, and which may fail for infrastructure. */
function workerOn(work: () => Promise<void>) {
  const worker = createPartitionWorker({
    partition,
    processor: { process: (_, until) => until.available(work) },
    log: createLog('test', 'test', 'silent'),
    pauseFetching: () => undefined,
    resumeFetching: () => undefined,
    onDone: () => undefined,
    onWaiting: () => undefined,
  });
  worker.push([record]);
  return worker;
}

const down = () => Promise.reject(new InfrastructureError('database', 'down'));
const hanging = () => new Promise<void>(() => undefined);

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('promise 13: stalled', () => {
  it('is not a partition that tries again and again what is not available', async () => {
    let tries = 0;
    const worker = workerOn(() => {
      tries++;
      return down();
    });
    let longest_ms = 0;
    for (let second = 0; second < 60; second++) {
      await jest.advanceTimersByTimeAsync(1_000);
      longest_ms = Math.max(longest_ms, worker.stalled_ms());
    }
    expect(tries).toBeGreaterThan(10);
    expect(longest_ms).toBe(0);
  });

  it('is a partition whose next try never comes back', async () => {
    let tries = 0;
    const worker = workerOn(() => (tries++ === 0 ? down() : hanging()));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(tries).toBe(2);
    expect(worker.stalled_ms()).toBeGreaterThan(50_000);
  });
});
