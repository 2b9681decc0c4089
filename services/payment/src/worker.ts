import {
  backoff_ms,
  callSpan,
  InfrastructureError,
  pause,
  transaction,
  withDeadline,
  withinSpan,
  type Database,
  type Log,
  type Part,
} from '@naru/kernel';
import type { Input } from './domain/decide';
import { groupCommit } from './group-commit';
import type { PaymentMetrics } from './metrics';
import { captureKey, PROVIDER, refundKey, type PaymentProvider } from './provider/port';
import type { OrderInput, Settle } from './settle';
import { claimDue, LEASE_S, postpone, type Due } from './store';

const CALLS_MAX = 16;
/** From the claim on. Half of the lease, so that no call is under way any more when the lease ends. */
const CALL_DEADLINE_MS = (LEASE_S * 1_000) / 2;
const POLL_MS = 250;
const BACKOFF_MS = 200;
const BACKOFF_MS_MAX = 10_000;

export interface WorkerParts {
  readonly database: Database;
  readonly provider: PaymentProvider;
  readonly settle: Settle;
  readonly log: Log;
  readonly metrics: PaymentMetrics;
  /** Names this process in claims. */
  readonly owner: string;
  newId(): string;
}

/** Calls the provider for what is due, a bounded number at once, until it answers. */
export interface Worker extends Part {
  /** Something may be due. Without it, the next poll finds it. */
  wake(): void;
}

/**
 * Claim, call, mark: the call is outside any transaction. A crash between call and mark lets the lease end, and the
 * call is made again with the same key.
 */
export function createWorker(parts: WorkerParts): Worker {
  const { database, log } = parts;
  const calls = new Set<Promise<void>>();
  const stopping = new AbortController();
  const write = groupCommit<OrderInput>(
    (answers) => transaction(database, (trx) => parts.settle(trx, answers)),
    CALLS_MAX,
  );
  let isAwake = false;
  let mayBeMore = false;
  let wakeUp = () => {};
  let loop: Promise<void> = Promise.resolve();

  function wake() {
    isAwake = true;
    wakeUp();
  }

  async function run() {
    for (let failure = 0; !stopping.signal.aborted;) {
      isAwake = false;
      try {
        if (calls.size < CALLS_MAX) await claimAndCall(CALLS_MAX - calls.size);
        failure = 0;
        if (!isAwake) await sleep(POLL_MS);
      } catch (error) {
        if (failure === 0) log.warn({ error: String(error) }, 'payments wait for the database');
        await pause(backoff_ms(failure++, BACKOFF_MS, BACKOFF_MS_MAX), stopping.signal);
      }
    }
  }

  async function sleep(duration_ms: number) {
    const bell = new AbortController();
    wakeUp = () => bell.abort();
    await pause(duration_ms, AbortSignal.any([bell.signal, stopping.signal]));
  }

  async function claimAndCall(max: number) {
    const callBy_ms = performance.now() + CALL_DEADLINE_MS;
    const claim = `${parts.owner.slice(0, 80)}:${parts.newId()}`;
    const claimed = await transaction(database, (trx) => claimDue(trx, claim, max));
    mayBeMore = claimed.length === max;
    for (const due of claimed) {
      const call = callAndMark(parts, write, due, { claim, callBy_ms }).finally(() => {
        calls.delete(call);
        // Not at each free place, for one claim of several costs no more than a claim of one.
        if (mayBeMore && calls.size === CALLS_MAX / 2) wake();
      });
      calls.add(call);
    }
  }

  return {
    wake,
    async start() {
      loop = run();
    },
    async stop() {
      stopping.abort();
      await loop;
      await Promise.all(calls);
    },
  };
}

interface Claim {
  readonly claim: string;
  /** By the clock of `performance`. */
  readonly callBy_ms: number;
}

/** Never throws: what has no answer is due again after a while. */
async function callAndMark(
  parts: WorkerParts,
  write: (answer: OrderInput) => Promise<void>,
  due: Due,
  { claim, callBy_ms }: Claim,
): Promise<void> {
  const { orderId, status, attempts } = due;
  try {
    await write({ orderId, input: await callProvider(parts, due, callBy_ms) });
  } catch (error) {
    const wait_ms = backoff_ms(attempts, BACKOFF_MS, BACKOFF_MS_MAX);
    const about = { orderId, status, attempts: attempts + 1, error: String(error) };
    parts.log.warn(about, 'the provider is called again');
    // If the database does not answer, the lease ends by itself.
    await postpone(parts.database, orderId, claim, wait_ms, error).catch(() => undefined);
  }
}

/** @throws whatever leaves the outcome unknown */
async function callProvider(
  { provider, metrics, log }: WorkerParts,
  due: Due,
  callBy_ms: number,
): Promise<Input> {
  const { orderId, status, customerId, amount, currency } = due;
  const remaining_ms = callBy_ms - performance.now();
  if (remaining_ms <= 0) throw new InfrastructureError('database', 'claiming took too long');
  const operation = status === 'CAPTURING' ? 'capture' : 'refund';
  const key = operation === 'capture' ? captureKey(orderId) : refundKey(orderId);
  const call = { key, orderId, customerId, amount, currency };
  const endTimer = metrics.providerCalls.startTimer({ operation });
  let outcome: string = 'failed';
  try {
    return await withinSpan(
      () => callSpan(operation, PROVIDER, due.traceparent),
      async () => {
        const answer = await withDeadline<Input>(remaining_ms, (signal) => provider[operation](call, signal));
        outcome = answer.type;
        log.info({ orderId, operation, outcome }, 'the provider answered');
        return answer;
      },
    );
  } finally {
    endTimer({ outcome });
  }
}
