import { services as declared, type ServiceName } from '@naru/contracts';
import { select, type Database } from '@naru/kernel';
import type { Outcome } from '@naru/audit';
import type { ChaosNaru } from './chaos-naru';
import type { Answered } from './load';
import { quantile } from './quantile';

const SECOND_MS = 1_000;
const BETWEEN_LOOKS_MS = 1_000;
const QUERY_TIMEOUT_MS = 2_000;
const MIB = 1024 * 1024;
const withDatabase = (Object.keys(declared) as ServiceName[]).filter((name) => declared[name].database);

/** One second of a run. What could not be asked, because what was asked is broken, is null. */
export interface Sample {
  /** Seconds since the run began. */
  readonly at_s: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly lag: number | null;
  readonly outboxPending: number | null;
  readonly outboxAge_s: number | null;
  /** Resident MiB by service instance. */
  readonly memory_MiB: Readonly<Record<string, number>>;
}

export interface Sampler {
  readonly samples: readonly Sample[];
  answered(answer: Answered): void;
  /** Stops after the second that has begun. */
  stop(): Promise<void>;
}

/** Looks at everything each second, from now on. */
export function startSampler(naru: ChaosNaru, begin_ms: number): Sampler {
  const samples: Sample[] = [];
  const stopping = new AbortController();
  let answers: Answered[] = [];
  let lag: number | null = null;
  let outbox: Outbox | null = null;

  function tick() {
    const latencies = answers.map(({ latency_ms }) => latency_ms);
    const count = (outcome: Outcome) => answers.filter((answer) => answer.outcome === outcome).length;
    samples.push({
      at_s: Math.round((performance.now() - begin_ms) / SECOND_MS),
      outcomes: { ok: count('ok'), fail: count('fail'), unknown: count('unknown') },
      p50_ms: quantile(latencies, 0.5),
      p99_ms: quantile(latencies, 0.99),
      lag,
      outboxPending: outbox?.pending ?? null,
      outboxAge_s: outbox?.age_s ?? null,
      memory_MiB: memory(naru),
    });
    answers = [];
  }

  /** Asks again and again; an answer may take long when its source is broken, and the others do not wait for it. */
  async function look(ask: () => Promise<void>) {
    while (!stopping.signal.aborted) {
      await ask();
      await wait(BETWEEN_LOOKS_MS, stopping.signal);
    }
  }

  const timer = setInterval(tick, SECOND_MS);
  const looks = [
    look(async () => {
      lag = await naru.cluster.lag().catch(() => null);
    }),
    look(async () => {
      outbox = await outboxOf(naru.database).catch(() => null);
    }),
  ];
  return {
    samples,
    answered: (answer) => void answers.push(answer),
    async stop() {
      stopping.abort();
      await Promise.all(looks);
      clearInterval(timer);
      tick();
    },
  };
}

interface Outbox {
  readonly pending: number;
  readonly age_s: number;
}

/** Over all services: how many rows wait, and how long the oldest has. */
async function outboxOf(database: Database): Promise<Outbox> {
  const each = withDatabase.map(
    (name) =>
      `SELECT COUNT(*) AS pending, MAX(TIMESTAMPDIFF(MICROSECOND, created_at, CURRENT_TIMESTAMP(6))) / 1e6 AS age_s
       FROM naru_${name}.outbox WHERE outbox_status = 'PENDING'`,
  );
  const sql = `SET STATEMENT max_statement_time = ${QUERY_TIMEOUT_MS / 1_000} FOR ${each.join(' UNION ALL ')}`;
  const rows = await select<{ pending: number; age_s: number | string | null }>(database, sql);
  return {
    pending: rows.reduce((sum, row) => sum + Number(row.pending), 0),
    age_s: rows.reduce((oldest, row) => Math.max(oldest, Number(row.age_s ?? 0)), 0),
  };
}

function memory({ platform, services }: ChaosNaru): Record<string, number> {
  const bytes = platform.residentBytes();
  return Object.fromEntries(services.map(({ name }) => [name, Math.round((bytes[name] ?? 0) / MIB)]));
}

/** Ends at once when the signal aborts. */
export function wait(duration_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, duration_ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
