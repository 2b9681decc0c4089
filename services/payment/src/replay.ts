import {
  restoration,
  transaction,
  type Database,
  type Event,
  type ReplayAssembly,
  type Shadow,
} from '@naru/kernel';
import type { Input } from './domain/decide';
import { captureKey, PROVIDER, refundKey } from './provider/port';
import type { Settle } from './settle';
import { claimDue } from './store';

const CLAIMED_MAX = 100;

export interface PaymentReplayParts {
  readonly database: Database;
  readonly settle: Settle;
  readonly shadow: Shadow;
  /** Names this process in claims. */
  readonly owner: string;
}

/** The provider is not called: what it answered then, by what was told of it, it answers again at the same place. */
export function paymentReplay({ database, settle, shadow, owner }: PaymentReplayParts): ReplayAssembly {
  const called = new Set<string>();

  /** Notes the calls that are due. A claim that runs out meanwhile would be claimed again. */
  async function captureCalls(): Promise<void> {
    for (;;) {
      const claimed = await transaction(database, (trx) => claimDue(trx, owner, CLAIMED_MAX));
      for (const { orderId, status, customerId, amount, currency } of claimed) {
        const action = status === 'CAPTURING' ? 'capture' : 'refund';
        const key = action === 'capture' ? captureKey(orderId) : refundKey(orderId);
        if (called.has(key)) continue;
        called.add(key);
        const details = { key, customerId, amount, currency };
        shadow.capture({ dependency: PROVIDER, action, details });
      }
      if (claimed.length < CLAIMED_MAX) return;
    }
  }

  return {
    restorations: [
      restoration('redone', ['payment.completed', 'payment.failed', 'payment.refunded'], (trx, events) =>
        settle(
          trx,
          events.map((event) => ({ orderId: event.data.orderId, input: answerIn(event) })),
        ),
      ),
    ],
    settle: captureCalls,
    caveats: [
      'the payment provider answers as it did then, or not at all where it was not asked; its own rules are not replayed',
    ],
  };
}

function answerIn({ type, data }: Event<'payment.completed' | 'payment.failed' | 'payment.refunded'>): Input {
  if (type === 'payment.completed') return { type: 'captured' };
  if (type === 'payment.refunded') return { type: 'refunded' };
  return { type: 'declined', reason: 'reason' in data ? data.reason : type };
}
