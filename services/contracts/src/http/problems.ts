/** A field of an answer's header that its code brings along. */
export type ProblemHeader = 'Retry-After' | 'WWW-Authenticate' | 'Allow' | 'Accept';

export interface ProblemDeclaration {
  readonly status: number;
  /** When a client gets it, as a sentence without its end. */
  readonly when: string;
  readonly headers?: readonly ProblemHeader[];
  /** Whether `errors` names the fields at fault. */
  readonly fields?: true;
  /** Only callers that do not come through the gateway get it. */
  readonly directOnly?: true;
}

/**
 * Every `code` that a service or the gateway answers with, and what goes with it (RFC 9457, 3.1: a problem type has
 * one meaning). Answers are made from here and documented from here.
 */
export const problems = {
  'request-malformed': { status: 400, when: 'What was sent is not HTTP/1.1' },
  'path-malformed': { status: 400, when: 'The path is not in its one plain form' },
  'query-malformed': { status: 400, when: 'The query is not percent-encoded UTF-8' },
  'invalid-request': { status: 400, when: 'Parameters or body are not as declared', fields: true },
  'body-required': { status: 400, when: 'There is no body' },
  'body-malformed': { status: 400, when: 'The body is not a JSON object in UTF-8' },
  'body-incomplete': { status: 400, when: 'The body ended before its length', directOnly: true },
  'idempotency-key-invalid': {
    status: 400,
    when: 'Idempotency-Key is not 1 to 255 printable ASCII characters, given once',
  },
  'user-id-invalid': { status: 400, when: 'X-User-Id is not a positive whole number', directOnly: true },

  'token-required': { status: 401, when: 'There is no bearer token', headers: ['WWW-Authenticate'] },
  'token-invalid': { status: 401, when: 'The token is not one of ours', headers: ['WWW-Authenticate'] },
  'token-expired': { status: 401, when: 'The token has expired', headers: ['WWW-Authenticate'] },
  'token-revoked': { status: 401, when: 'The token was logged out', headers: ['WWW-Authenticate'] },
  'token-of-another-user': {
    status: 401,
    when: 'The token is not of the user in X-User-Id',
    headers: ['WWW-Authenticate'],
    directOnly: true,
  },
  'user-required': {
    status: 401,
    when: 'This needs a signed-in user',
    headers: ['WWW-Authenticate'],
    directOnly: true,
  },
  'credentials-wrong': {
    status: 401,
    when: 'E-mail or password is wrong',
    headers: ['WWW-Authenticate'],
  },

  'not-found': { status: 404, when: 'There is nothing at this path' },
  'user-unknown': { status: 404, when: 'There is no such user' },
  'account-unknown': { status: 404, when: 'There is no account of this user' },
  'board-unknown': { status: 404, when: 'There is no such board, or it was taken back for want of points' },
  'product-unknown': { status: 404, when: 'There is no such product' },
  'order-unknown': {
    status: 404,
    when: "There is no such order, it is not known here yet, or it is another's",
  },
  'payment-unknown': {
    status: 404,
    when: "The order has no payment, or not yet, or it is another's",
  },

  'method-not-allowed': { status: 405, when: 'This path does not take the method', headers: ['Allow'] },
  'request-timeout': { status: 408, when: 'The request did not come in whole within 15 s' },

  'email-taken': { status: 409, when: 'This e-mail address has an account already' },
  'order-shipped': { status: 409, when: 'The order is being shipped or was delivered' },
  'transition-forbidden': { status: 409, when: 'An order does not go from the one status to the other' },
  'customer-mismatch': { status: 409, when: "The order is another customer's" },
  'previous-status-mismatch': { status: 409, when: 'The order does not have the previous status' },
  'balance-too-small': { status: 409, when: 'There are too few points' },
  'balance-too-large': { status: 409, when: 'There would be more points than an account holds' },
  'idempotency-key-in-use': {
    status: 409,
    when: 'A request with this Idempotency-Key is still running',
    headers: ['Retry-After'],
  },

  'body-too-large': { status: 413, when: 'The body has more than 100,000 bytes' },
  'media-type-unsupported': {
    status: 415,
    when: 'The body is not application/json in UTF-8, or is compressed',
    headers: ['Accept'],
  },
  'idempotency-key-reused': { status: 422, when: 'This Idempotency-Key was used for another request' },

  'rate-limited': { status: 429, when: 'There were too many requests', headers: ['Retry-After'] },
  'too-many-attempts': { status: 429, when: 'There were too many failed sign-ins', headers: ['Retry-After'] },
  'headers-too-large': { status: 431, when: 'The header is too large' },

  'internal-error': { status: 500, when: 'Something went wrong here', directOnly: true },
  'upstream-failed': {
    status: 502,
    when: 'The service broke off before it answered; whether the request had its effect is not known',
  },
  'service-unavailable': {
    status: 503,
    when: 'The service is not available; the request had no effect',
    headers: ['Retry-After'],
  },
  'dependency-unavailable': {
    status: 503,
    when: 'Something that the request needs does not answer',
    headers: ['Retry-After'],
  },
  busy: { status: 503, when: 'Too many requests want the same thing', headers: ['Retry-After'] },
  'too-many-passwords': {
    status: 503,
    when: 'Too many passwords are being checked',
    headers: ['Retry-After'],
  },
  cancelled: {
    status: 503,
    when: 'The request was cancelled',
    headers: ['Retry-After'],
    directOnly: true,
  },
  'not-ready': { status: 503, when: 'The process is starting, stopping or stuck', headers: ['Retry-After'] },
  'upstream-timeout': {
    status: 504,
    when: 'The service did not answer in time; whether the request had its effect is not known',
  },
} as const satisfies Record<string, ProblemDeclaration>;

export type ProblemCode = keyof typeof problems;
