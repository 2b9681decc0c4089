import type { Static, TObject, TSchema } from '@sinclair/typebox';
import type { ServiceName } from '../topology';
import type { ProblemCode } from './problems';

/**
 * Who may call an operation.
 * - `public`: anyone, through the gateway without a token
 * - `user`: a signed-in user; directly (without the gateway) also with `X-User-Id` set by the caller
 * - `user-or-direct`: a signed-in user, or a trusted direct caller without a user, who sees all
 * - `internal`: direct callers only; the gateway answers 404
 */
export type Access = 'public' | 'user' | 'user-or-direct' | 'internal';

export interface Operation {
  readonly id: string;
  readonly service: ServiceName;
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Path with `{name}` parameters, as in OpenAPI. */
  readonly path: string;
  /** Further paths at the gateway that mean the same. */
  readonly aliases?: readonly string[];
  readonly access: Access;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TObject;
  readonly status: 200 | 201 | 202 | 204;
  /** Body of the answer; absent where there is none. */
  readonly answer?: TSchema;
  /** Whether `Idempotency-Key` is honoured (POSTs that create). */
  readonly idempotent?: boolean;
  /** What the header of its answer says of what was made (`Location`) or of where the list goes on (`Link`). */
  readonly headers?: readonly AnswerHeader[];
  /** Why it may be refused, besides what any operation of its kind is refused for. */
  readonly problems?: readonly ProblemCode[];
  /** Answered from memory, so that nothing which it depends on can be away. */
  readonly fromMemory?: true;
}

/** A field of an answer's header that some operations have. */
export type AnswerHeader = 'Location' | 'Link';

type StaticOr<S, Otherwise> = S extends TSchema ? Static<S> : Otherwise;

/** The validated input and the answer's type of an operation. */
export type Params<O extends Operation> = StaticOr<O['params'], Record<string, never>>;
export type Query<O extends Operation> = StaticOr<O['query'], Record<string, never>>;
export type Body<O extends Operation> = StaticOr<O['body'], undefined>;
export type Answer<O extends Operation> = StaticOr<O['answer'], undefined>;
