import { writeSync } from 'node:fs';
import type { AnyHandler, Broker, Consumption } from '@naru/kernel';
import type { CrashFault, CrashPoint } from './fault';
import type { KernelSeams } from './kernel-seams';

type Reached = (point: CrashPoint) => void;

/** Makes this process end itself by SIGKILL at a point of the kernel's work. */
export function installCrash({ point, after }: CrashFault, seams: KernelSeams): void {
  let times = 0;
  const reached: Reached = (here) => {
    if (here !== point || ++times < after) return;
    // Written at once, for nothing that is buffered survives.
    writeSync(process.stderr.fd, `${JSON.stringify({ msg: 'FAULT: this process ends here', point })}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  const committing = watchTransactions(seams.database, reached);
  watchBroker(seams.broker, committing, reached);
  watchEffects(seams.consumer, reached);
}

/** @returns the transactions with outbox rows whose COMMIT is not answered yet */
function watchTransactions(database: KernelSeams['database'], reached: Reached): Set<Promise<void>> {
  const { execute, transaction } = database;
  const written = new WeakMap<object, 'inbox' | 'outbox'>();
  const committing = new Set<Promise<void>>();

  database.execute = (connection, sql, bindings) => {
    const table = /^INSERT INTO (inbox|outbox) /.exec(sql)?.[1] as 'inbox' | 'outbox' | undefined;
    if (table && written.get(connection) !== 'outbox') written.set(connection, table);
    return execute(connection, sql, bindings);
  };

  database.transaction = async (pool, work) => {
    let wroteOutbox = false;
    let answered = (): void => {};
    const answer = new Promise<void>((resolve) => (answered = resolve));
    try {
      const result = await transaction(pool, async (trx) => {
        const done = await work(trx);
        if (written.has(trx)) reached('before-commit');
        wroteOutbox = written.get(trx) === 'outbox';
        if (wroteOutbox) committing.add(answer);
        return done;
      });
      if (wroteOutbox) reached('after-commit-before-publish');
      return result;
    } finally {
      committing.delete(answer);
      answered();
    }
  };
  return committing;
}

function watchBroker(
  kafka: KernelSeams['broker'],
  committing: ReadonlySet<Promise<void>>,
  reached: Reached,
): void {
  const { createKafkaBroker } = kafka;
  kafka.createKafkaBroker = (options) => {
    const broker = createKafkaBroker(options);
    const produce: Broker['produce'] = async (topic, partition, records) => {
      // The relay may see a row before the transaction that wrote it hears of its own commit.
      await Promise.all(committing);
      const offsets = await broker.produce(topic, partition, records);
      reached('after-publish-before-mark');
      return offsets;
    };
    const consume: Broker['consume'] = async (subscription) => {
      const consumption = await broker.consume(subscription);
      const commit: Consumption['commit'] = async (generation, offsets) => {
        if (offsets.size > 0) reached('after-effect-before-offset-commit');
        await consumption.commit(generation, offsets);
      };
      return { ...consumption, commit };
    };
    return { ...broker, produce, consume };
  };
}

function watchEffects(consumers: KernelSeams['consumer'], reached: Reached): void {
  const { createConsumer } = consumers;
  const watched = (handler: AnyHandler): AnyHandler => {
    if (handler.kind !== 'effect') return handler;
    const call: typeof handler.call = async (event, signal) => {
      await handler.call(event, signal);
      reached('after-call-before-mark');
    };
    return { ...handler, call };
  };
  consumers.createConsumer = (parts) => {
    const handlers = new Map([...parts.handlers].map(([type, handler]) => [type, watched(handler)] as const));
    return createConsumer({ ...parts, handlers });
  };
}
