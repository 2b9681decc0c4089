/** Ledger key of the grant, the same whether the user service's call or its event brings it. */
export function signUpKey(userId: number): string {
  return `signup:${userId}`;
}

/** Ledger key of what a board costs. */
export function boardKey(boardId: number): string {
  return `board:${boardId}`;
}

/** Ledger key of a movement on request: the same Idempotency-Key of another operation is another one. */
export function requestKey(reason: 'ADDED' | 'DEDUCTED', idempotencyKey: string): string {
  return `${reason.toLowerCase()}:${idempotencyKey}`;
}

/** Whether a key has a meaning of its own, so that no other movement may take it. */
export function isReserved(key: string): boolean {
  return /^(signup|board):/.test(key);
}
