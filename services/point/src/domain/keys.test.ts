import { boardKey, isReserved, signUpKey } from './keys';

describe('ledger keys', () => {
  it('name a sign-up and a board', () => {
    expect([signUpKey(5), boardKey(7)]).toEqual(['signup:5', 'board:7']);
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
