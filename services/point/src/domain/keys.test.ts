import { boardKey, isReserved, requestKey, signUpKey } from './keys';

describe('ledger keys', () => {
  it('name a sign-up and a board', () => {
    expect([signUpKey(5), boardKey(7)]).toEqual(['signup:5', 'board:7']);
  });

  it('tell requests of two operations under one key apart', () => {
    expect([requestKey('ADDED', 'k'), requestKey('DEDUCTED', 'k')]).toEqual(['added:k', 'deducted:k']);
  });

  it('given a key of a sign-up or a board, no request may take it for something else', () => {
    expect(['signup:5', 'board:7', 'board:', 'my-signup:5', 'Board:7'].map(isReserved)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
