import knex, { type Knex } from 'knex';
import { classify } from '../errors';
import { pause } from '../wait';

export type Database = Knex;
export type Transaction = Knex.Transaction;
/** What a store function takes first: a transaction, or the pool where one statement is enough. */
export type Connection = Knex | Knex.Transaction;

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
const ACQUIRE_TIMEOUT_MS = 5_000;
/**
 * No statement waits this long by itself, locks included. What takes longer is a connection whose other end is gone
 * without a word, which TCP would notice after a quarter of an hour; knex drops it.
 */
const ANSWER_TIMEOUT_MS = 20_000;
const CONTENTION_RETRIES = 5;
const CONTENTION_BACKOFF_MS = 20;

/**
 * A pool of connections to one service's database. BIGINTs come as numbers up to 2^53-1 and as strings beyond;
 * DATETIME(6) comes as text, for a JavaScript Date would lose its microseconds.
 * @param url mysql://user:password@host:port/database
 */
export function createDatabase(url: string, poolMax: number): Database {
  const { hostname, port, username, password, pathname } = new URL(url);
  return knex({
    client: 'mysql2',
    connection: {
      host: hostname,
      port: Number(port || 3306),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: pathname.slice(1),
      charset: 'utf8mb4',
      timezone: 'Z',
      dateStrings: true,
      supportBigNumbers: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      enableKeepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    } as Knex.MySql2ConnectionConfig,
    pool: { min: 0, max: poolMax, afterCreate: prepareSession },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    // knex would print lost connections to the console; whoever used one gets the error, and reports it.
    log: { debug: quiet, warn: quiet, error: quiet, deprecate: quiet },
  });
}

const quiet = () => undefined;

type Statement = string | { readonly sql: string };

interface RawConnection {
  query(statement: Statement, ...rest: unknown[]): unknown;
  readonly stream: { destroy(error: Error): void };
}

/**
 * A process that froze or vanished inside a transaction holds its locks until the server gives its connection up: by
 * default after 8 hours. Longer than a handler's deadline and than the pool keeps a connection idle.
 */
export const SESSION_IDLE_S = 60;

const sessionSettings = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET time_zone = '+00:00', innodb_lock_wait_timeout = 10, wait_timeout = ${SESSION_IDLE_S}`,
];

function prepareSession(
  connection: RawConnection,
  done: (error: Error | null, connection: RawConnection) => void,
) {
  const next = (index: number): void => {
    const sql = sessionSettings[index];
    if (sql === undefined) return done(null, connection);
    connection.query(sql, (error: Error | null) => (error ? done(error, connection) : next(index + 1)));
  };
  limitTransactions(connection);
  next(0);
}

/**
 * knex waits for the answers to BEGIN and COMMIT without a limit. When one does not come for as long as for any other
 * statement the connection is cut: whoever waits on it gets an infrastructure error, and the pool drops it.
 */
function limitTransactions(connection: RawConnection) {
  const query = connection.query.bind(connection);
  connection.query = (statement, ...rest) => {
    const sql = typeof statement === 'string' ? statement : statement.sql;
    const done = rest.at(-1);
    if (!/^(BEGIN|COMMIT)\b/i.test(sql) || typeof done !== 'function') return query(statement, ...rest);
    const error = Object.assign(new Error(`${sql} has no answer`), { code: 'ETIMEDOUT' });
    const timer = setTimeout(() => connection.stream.destroy(error), ANSWER_TIMEOUT_MS);
    const answered = (...answer: unknown[]) => {
      clearTimeout(timer);
      done(...answer);
    };
    return query(statement, ...rest.slice(0, -1), answered);
  };
}

/**
 * Runs work in one READ COMMITTED transaction and commits it. A deadlock or lock timeout rolls back and runs the
 * work again, at most 5 times, so work must be repeatable.
 * @throws whatever the work throws; the transaction is rolled back
 */
export async function transaction<T>(database: Database, work: (trx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await database.transaction(work);
    } catch (error) {
      if (classify(error) !== 'contention' || attempt >= CONTENTION_RETRIES) throw error;
      await pause(Math.random() * CONTENTION_BACKOFF_MS * 2 ** attempt);
    }
  }
}

/** Runs something once the transaction has committed, and never if it rolls back. */
export function afterCommit(trx: Transaction, run: () => void): void {
  trx.executionPromise.then(run, () => undefined);
}

/** Rows of a raw statement. @throws KnexTimeoutError (infrastructure) without an answer for 20 s */
export async function select<Row>(connection: Connection, sql: string, bindings: readonly unknown[] = []) {
  const [rows] = (await connection.raw(sql, bindings as never).timeout(ANSWER_TIMEOUT_MS)) as [
    Row[],
    unknown,
  ];
  return rows;
}

/** Number of rows that a raw INSERT, UPDATE or DELETE touched. @throws KnexTimeoutError as `select` does */
export async function execute(connection: Connection, sql: string, bindings: readonly unknown[] = []) {
  const [result] = (await connection.raw(sql, bindings as never).timeout(ANSWER_TIMEOUT_MS)) as [
    { affectedRows: number; insertId: number },
    unknown,
  ];
  return result;
}
