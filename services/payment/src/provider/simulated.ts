import type { FaultName } from '@naru/contracts';
import { InfrastructureError, pause, type Database } from '@naru/kernel';
import { declineReason } from './decline';
import { carryOut, type Operation } from './memory';
import { PROVIDER, type PaymentProvider, type ProviderCall } from './port';

export interface SimulatedProviderOptions {
  /** Stands for the provider's own memory; the service does not look into it. */
  readonly database: Database;
  /** Between carrying out a call and answering it, milliseconds. */
  readonly delay_ms: number;
  /** Of a hundred calls so many get no answer: half of them are carried out nevertheless. */
  readonly failures_percent: number;
  /** What is wrong with it besides, at the moment. */
  readonly faults?: () => Promise<ReadonlySet<FaultName>>;
  /** From 0 up to 1. */
  random(): number;
}

/** A provider that declines what `declineReason` says, and can be slow or fail. */
export function createSimulatedProvider(options: SimulatedProviderOptions): PaymentProvider {
  const { database, delay_ms, faults = async () => new Set<FaultName>(), random } = options;

  async function call(asked: ProviderCall, operation: Operation, signal: AbortSignal): Promise<Operation> {
    const failures_percent = (await faults()).has('payments-unanswered') ? 100 : options.failures_percent;
    const fate_percent = random() * 100;
    if (fate_percent < failures_percent / 2) throw noAnswer(`${asked.key} did not arrive`);
    const outcome = await carryOut(database, asked, operation);
    if (fate_percent < failures_percent) throw noAnswer(`the answer to ${asked.key} was lost`);
    if (delay_ms > 0) await pause(delay_ms, signal);
    if (signal.aborted) throw noAnswer(`${asked.key} was not answered in time`);
    return outcome;
  }

  return {
    async capture(asked, signal) {
      const isDown = (await faults()).has('payments-declined');
      const reason = isDown ? 'provider-declines' : declineReason(asked);
      const { declined } = await call(asked, { kind: 'CAPTURE', declined: reason }, signal);
      return declined === undefined ? { type: 'captured' } : { type: 'declined', reason: declined };
    },
    async refund(asked, signal) {
      await call(asked, { kind: 'REFUND', declined: undefined }, signal);
      return { type: 'refunded' };
    },
  };
}

function noAnswer(message: string): InfrastructureError {
  return new InfrastructureError(PROVIDER, message);
}
