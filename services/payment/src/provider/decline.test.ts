import { declineReason } from './decline';

describe('declineReason', () => {
  it.each([
    [1_000_000, 'kim', undefined],
    [0, 'kim', undefined],
    [1_000_001, 'kim', 'amount-too-large'],
    [1, 'decline-kim', 'customer-declined'],
    [1, 'kim-decline-', undefined],
  ])('given %d of %s, is %s', (amount, customerId, reason) => {
    expect(declineReason({ amount, customerId })).toBe(reason);
  });
});
