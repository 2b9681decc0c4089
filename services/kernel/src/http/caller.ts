import type { IncomingHttpHeaders } from 'node:http';
import { httpHeaders, type Access, type Operation } from '@naru/contracts';
import { problem, type ProblemError } from '../errors';

export interface UserCaller {
  readonly kind: 'user';
  readonly userId: number;
  /** As the gateway read it from the token; a direct caller may leave it out. */
  readonly email?: string;
}

/** A trusted caller without the gateway and without a user: it sees all. */
export interface DirectCaller {
  readonly kind: 'direct';
}

export interface PublicCaller {
  readonly kind: 'public';
}

export type Caller = UserCaller | DirectCaller | PublicCaller;

/** The callers that an operation's access lets through. */
export type CallerOf<O extends Operation> = O['access'] extends 'user'
  ? UserCaller
  : O['access'] extends 'public'
    ? PublicCaller
    : UserCaller | DirectCaller;

/**
 * Who calls, from the headers that the gateway sets and no client can (design, section 2).
 * @throws ProblemError 401 without a user where one is needed, 400 for a user id that is none, 404 for an internal
 * operation through the gateway
 */
export function identify(access: Access, headers: IncomingHttpHeaders): Caller {
  const throughGateway = headers[httpHeaders.via] !== undefined;
  if (throughGateway && access === 'internal') throw problem('not-found', 'there is nothing here');
  if (access === 'public') return { kind: 'public' };

  const userId = headers[httpHeaders.userId];
  if (userId === undefined) {
    if (throughGateway || access === 'user') throw userRequired();
    return { kind: 'direct' };
  }
  if (
    typeof userId !== 'string' ||
    !/^[1-9][0-9]{0,15}$/.test(userId) ||
    !Number.isSafeInteger(Number(userId))
  ) {
    throw problem('user-id-invalid', 'X-User-Id is not a positive whole number');
  }
  const email = headers[httpHeaders.authenticatedUser];
  return {
    kind: 'user',
    userId: Number(userId),
    ...(typeof email === 'string' && email !== '' && { email }),
  };
}

function userRequired(): ProblemError {
  return problem('user-required', 'this needs a signed-in user', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

/** Whose idempotency keys these are. */
export function callerScope(caller: Caller): string {
  return caller.kind === 'user' ? `user:${caller.userId}` : caller.kind;
}
