import type { ProviderCall } from './port';

const AMOUNT_MAX = 1_000_000;
const DECLINED_CUSTOMERS = 'decline-';

/** Why the simulated provider does not charge, if it does not. */
export function declineReason({ amount, customerId }: Pick<ProviderCall, 'amount' | 'customerId'>) {
  if (amount > AMOUNT_MAX) return 'amount-too-large';
  return customerId.startsWith(DECLINED_CUSTOMERS) ? 'customer-declined' : undefined;
}
