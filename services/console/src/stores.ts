import type { ServiceName } from '@naru/contracts';
import { outboxState, select, type Database, type OutboxState } from '@naru/kernel';
import { servicesWithDatabase, type Connections } from '@naru/operations';
import { sharedReading } from './shared-reading';

/** Longer than a database at work takes for a handful of looks into indexes. */
const ANSWER_MS = 2_500;

/** What the kernel's tables of one service tell. */
export interface StoreState {
  readonly outbox: OutboxState;
  readonly parkedKeys: number;
  /** Dead letters of the service's group that were sent again. */
  readonly redriven: number;
}

export interface StoresState {
  /** By service; those that did not answer are not there. */
  readonly states: ReadonlyMap<ServiceName, StoreState>;
  readonly problems: readonly string[];
}

/** Asks the databases of all services side by side. Never throws. */
export function createStoresReader({ database }: Pick<Connections, 'database'>): () => Promise<StoresState> {
  const readers = servicesWithDatabase.map(
    (service) => [service, sharedReading(ANSWER_MS, () => readStore(database(service)))] as const,
  );
  return async () => {
    const states = new Map<ServiceName, StoreState>();
    const silent = new Map<string, ServiceName[]>();
    const asked = readers.map(async ([service, read]) => {
      try {
        states.set(service, await read());
      } catch (error) {
        const reason = reasonOf(error);
        silent.set(reason, [...(silent.get(reason) ?? []), service]);
      }
    });
    await Promise.all(asked);
    const problems = [...silent].map(([reason, services]) => `database of ${services.join(', ')}: ${reason}`);
    return { states, problems };
  };
}

async function readStore(database: Database): Promise<StoreState> {
  const [outbox, [counts]] = await Promise.all([
    outboxState(database),
    select<{ parkedKeys: number | string; redriven: number | string }>(
      database,
      `SELECT (SELECT COUNT(*) FROM parked_keys) AS parkedKeys, (SELECT COUNT(*) FROM redriven) AS redriven`,
    ),
  ]);
  return {
    outbox,
    parkedKeys: Number(counts?.parkedKeys ?? 0),
    redriven: Number(counts?.redriven ?? 0),
  };
}

/** Without the statement that went unanswered, which says nothing to who looks at the page. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code !== undefined && code !== 'deadline' ? code : message;
}
