import { problems, type ProblemCode } from '@naru/contracts';

/**
 * Errors are one of four kinds: the client's fault (ProblemError), transient (InfrastructureError),
 * permanent (PermanentError, PoisonError), or a programmer's (anything else).
 */
export abstract class NaruError extends Error {
  /** Stable, machine-readable, kebab-case. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** An HTTP answer of 4xx or 5xx, written as RFC 9457 problem+json. */
export class ProblemError extends NaruError {
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { errors?: readonly FieldError[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(code, detail, { cause: more.cause });
    this.status = status;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }
}

/**
 * The error of a problem that contracts declare; its status is the one declared there.
 * @param detail for people
 */
export function problem(
  code: ProblemCode,
  detail: string,
  more?: { errors?: readonly FieldError[]; headers?: Record<string, string>; cause?: unknown },
): ProblemError {
  return new ProblemError(problems[code].status, code, detail, more);
}

/** Something that Naru depends on does not answer; the work is sound and is tried again for ever. */
export class InfrastructureError extends NaruError {
  /** What does not answer: `database`, `broker`, `redis`, `smtp`, … */
  readonly dependency: string;

  constructor(dependency: string, message: string, options?: ErrorOptions) {
    super('dependency-unavailable', message, options);
    this.dependency = dependency;
  }
}

/** A business rule says no, and will say no again: dead letter after the policy's retries. */
export class PermanentError extends NaruError {}

/** A record that cannot be decoded or validated: dead letter at once. */
export class PoisonError extends NaruError {}

export type FailureClass = 'poison' | 'permanent' | 'infrastructure' | 'contention' | 'cancelled';

/** Sorts any error that a handler threw into the classes of the consumer's failure policy. */
export function classify(error: unknown): FailureClass {
  if (error instanceof PoisonError) return 'poison';
  if (error instanceof InfrastructureError) return 'infrastructure';
  if (error instanceof NaruError) return 'permanent';
  if (isAbort(error)) return 'cancelled';
  const code = databaseCode(error);
  if (contention.has(code)) return 'contention';
  if (unavailable.has(code) || isFatal(error)) return 'infrastructure';
  if (unavailableNumbers.has((error as { errno?: unknown } | null)?.errno)) return 'infrastructure';
  return 'permanent';
}

/** The dependency that an infrastructure failure names. */
export function dependencyOf(error: unknown): string {
  return error instanceof InfrastructureError ? error.dependency : 'database';
}

export function isDuplicateKey(error: unknown): boolean {
  return databaseCode(error) === 'ER_DUP_ENTRY';
}

const contention = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_NOWAIT',
  'ER_CHECKREAD',
  'ER_TABLE_DEF_CHANGED',
  'ER_TRANSACTION_ROLLBACK_DURING_COMMIT',
]);

/** Codes of mysql2, of the socket below it, and of the servers (MySQL 8.4 and MariaDB 10.11) that say "not now". */
const unavailable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_SHUTDOWN_COMPLETE',
  'ER_FORCING_CLOSE',
  'ER_SERVER_OFFLINE_MODE',
  'ER_SERVER_ISNT_AVAILABLE',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_TOO_MANY_CONCURRENT_TRXS',
  'ER_USER_LIMIT_REACHED',
  'ER_ABORTING_CONNECTION',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_NET_READ_ERROR',
  'ER_NET_READ_INTERRUPTED',
  'ER_NET_ERROR_ON_WRITE',
  'ER_NET_WRITE_INTERRUPTED',
  'ER_QUERY_INTERRUPTED',
  'ER_QUERY_TIMEOUT',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_OUTOFMEMORY',
  'ER_OUT_OF_RESOURCES',
  'ER_LOCK_TABLE_FULL',
  'ER_ERROR_ON_WRITE',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_ERROR_DURING_COMMIT',
]);

/** MariaDB's "connection was killed" and "statement timeout", which mysql2 gives a number but no code. */
const unavailableNumbers = new Set<unknown>([1927, 1969]);

function databaseCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** mysql2 marks a connection's last error as fatal; knex names a pool that gave no connection in time. */
function isFatal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    (error as { fatal?: boolean }).fatal === true ||
    error.name === 'KnexTimeoutError' ||
    /closed state|Connection lost|Pool is closed/.test(error.message)
  );
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
