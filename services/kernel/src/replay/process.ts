import { createInterface } from 'node:readline';
import type { EventType, ServiceName } from '@naru/contracts';
import type { MessagingAssembly, MessagingKernel } from '../composition';
import type { MessagingConfig } from '../config';
import { createDatabase, type Database } from '../database/database';
import { migrate } from '../database/migrate';
import type { Migration } from '../database/migration';
import type { Log } from '../log';
import type { Codec, EventContracts } from '../messaging/codec';
import type { AnyHandler } from '../messaging/handlers';
import { createOutbox } from '../messaging/outbox';
import { createMetrics } from '../telemetry/metrics';
import type { CapturedEffect } from './assembly';
import type { ReplayOutput } from './lines';
import { replay } from './replay';

export interface ReplayProcess {
  readonly name: ServiceName;
  readonly config: MessagingConfig;
  readonly contracts: EventContracts;
  readonly migrations: readonly Migration[];
  readonly log: Log;
  codecOf(database: Database): Codec;
  compose(kernel: MessagingKernel): MessagingAssembly;
  byType(handlers: readonly AnyHandler[]): ReadonlyMap<EventType, AnyHandler>;
}

/**
 * A service as a process that replays: records from stdin, what they lead to on stdout. DATABASE_URL is a scratch
 * database. Parts are not started, so nothing polls, connects or calls on its own.
 */
export async function replayProcess(service: ReplayProcess): Promise<void> {
  const { name, config, contracts, migrations, log } = service;
  const database = createDatabase(config.DATABASE_URL, config.DATABASE_POOL_MAX);
  try {
    await migrate(database, migrations);
    const metrics = createMetrics(name);
    const codec = service.codecOf(database);
    const outbox = createOutbox(contracts, codec, `/naru/${name}`, () => undefined);
    let effects: CapturedEffect[] = [];
    const givenUp = new Map<string, string>();
    const shadow = { capture: (effect: CapturedEffect) => void effects.push(effect), givenUp };
    const { handlers, replay: assembly = {} } = service.compose({
      name,
      log,
      metrics,
      database,
      outbox,
      codec,
      shadow,
    });
    const takeEffects = () => {
      const taken = effects;
      effects = [];
      return taken;
    };
    const onGivenUp = (eventId: string, reason: string) => void givenUp.set(eventId, reason);
    const parts = {
      name,
      contracts,
      assembly,
      database,
      outbox,
      codec,
      log,
      metrics,
      takeEffects,
      onGivenUp,
    };
    await replay({ ...parts, handlers: service.byType(handlers) }, linesOf(process.stdin), writeLine);
  } finally {
    await database.destroy();
  }
}

/** Begins to read when it is asked for the first line: what came before that would be lost. */
async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  yield* createInterface({ input, crlfDelay: Infinity });
}

function writeLine(output: ReplayOutput): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${JSON.stringify(output)}\n`, (error) => (error ? reject(error) : resolve()));
  });
}
