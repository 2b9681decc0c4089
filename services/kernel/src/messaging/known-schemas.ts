import { InfrastructureError } from '../errors';
import { createLog, type Log } from '../log';
import { backoff_ms, pause } from '../wait';
import { SCHEMA_REGISTRY, SchemaRefusedError, type SchemaRegistry } from './schema-registry';
import type { KeptSchema, SchemaStore } from './schema-store';

/** Schemas that are fetched at once. */
const FETCHES_AT_ONCE = 4;
/** An id that the registry does not have is asked for again after this long; a replica of it may have been behind. */
const ABSENT_MS = 10_000;
const ABSENT_MAX = 1_000;
const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 10_000;

/** The registry gives a schema another id than before: it is not the one that the events are by. */
export class SchemaIdChangedError extends Error {
  readonly code = 'schema-id-changed';

  constructor(subject: string, before: number, now: number) {
    super(
      `the schema registry gives ${subject} the id ${now}, and it is ${before} in this service's database: it has lost ` +
        'its storage, and records would be read by the wrong schemas. Restore its backup (docs/operations.md)',
    );
    this.name = 'SchemaIdChangedError';
  }
}

/** A schema that a service writes by. */
export interface WrittenSchema {
  readonly subject: string;
  /** JSON, as in the contracts. */
  readonly text: string;
}

/** What is known of the ids in records, without asking anybody. */
export interface KnownSchemas {
  /** The text of the schema that an id stands for. */
  text(id: number): string | undefined;
  /** Whether the registry has said, a short while ago, that it has no such id. */
  isAbsent(id: number): boolean;
  /** The id that events of a subject are written with, or undefined until it is known. */
  idToWrite(subject: string): number | undefined;
  /**
   * Makes ids known, or absent. @param ids each with the subject that it is found under
   * @throws InfrastructureError when the registry, or what keeps schemas, does not answer
   */
  fetch(ids: ReadonlyMap<number, string>): Promise<void>;
}

export interface SchemaKeeper extends KnownSchemas {
  /** Takes up what was kept, once; `fetch` and `register` do so too. @throws what the store throws */
  load(): Promise<void>;
  /**
   * Registers what the service writes, trying until all of it is done or the signal aborts. What was known before is
   * registered again: it would be told if the registry had lost its storage.
   * @throws SchemaRefusedError, SchemaIdChangedError
   */
  register(signal: AbortSignal): Promise<void>;
}

export interface SchemaKeeperParts {
  /** None: only what is kept is known. */
  readonly registry: SchemaRegistry | undefined;
  readonly store: SchemaStore;
  readonly log: Log;
  readonly written?: readonly WrittenSchema[];
  /** Milliseconds. */
  readonly clock?: () => number;
}

/** Keeps schemas in memory and in a store, so that a registry that is away holds up nothing that was known before. */
export function createSchemaKeeper(parts: SchemaKeeperParts): SchemaKeeper {
  const { registry, store, log, written = [], clock = () => performance.now() } = parts;
  const texts = new Map<number, string>();
  const absentUntil_ms = new Map<number, number>();
  const idsToWrite = new Map<string, number>();
  const fetching = new Map<number, Promise<void>>();
  let loading: Promise<void> | undefined;
  const textsToWrite = new Map(written.map(({ subject, text }) => [subject, text]));

  function take({ id, subject, text }: KeptSchema): void {
    texts.set(id, text);
    if (textsToWrite.get(subject) === text) idsToWrite.set(subject, id);
  }

  /** A failure is not kept, so that the next call tries again. */
  function load(): Promise<void> {
    loading ??= store.load().then(
      (kept) => kept.forEach(take),
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  }

  function noteAbsent(id: number): void {
    absentUntil_ms.delete(id);
    absentUntil_ms.set(id, clock() + ABSENT_MS);
    const [oldest] = absentUntil_ms.keys();
    if (absentUntil_ms.size > ABSENT_MAX && oldest !== undefined) absentUntil_ms.delete(oldest);
  }

  async function fetchOne(id: number, subject: string): Promise<void> {
    await load();
    if (texts.has(id)) return;
    if (!registry)
      throw new InfrastructureError(
        SCHEMA_REGISTRY,
        `schema ${id} is not known here, and SCHEMA_REGISTRY_URL does not say whom to ask`,
      );
    const text = await registry.schema(id);
    if (text === undefined) return noteAbsent(id);
    // Kept first: what is in memory only would be asked for again after a restart, when nobody may answer.
    await store.save({ id, subject, text });
    take({ id, subject, text });
    log.info({ schemaId: id, subject }, 'schema fetched');
  }

  /** One request for an id, however many wait for it. */
  function fetchOnce(id: number, subject: string): Promise<void> {
    const underWay = fetching.get(id);
    if (underWay) return underWay;
    const begun = fetchOne(id, subject).finally(() => fetching.delete(id));
    fetching.set(id, begun);
    return begun;
  }

  async function registerOne(registryNow: SchemaRegistry, { subject, text }: WrittenSchema): Promise<void> {
    const id = await registryNow.register(subject, text);
    const before = idsToWrite.get(subject);
    if (before !== undefined && before !== id) throw new SchemaIdChangedError(subject, before, id);
    await store.save({ id, subject, text });
    take({ id, subject, text });
  }

  return {
    text: (id) => texts.get(id),
    isAbsent: (id) => (absentUntil_ms.get(id) ?? -Infinity) > clock(),
    idToWrite: (subject) => idsToWrite.get(subject),

    async fetch(ids) {
      const queue = [...ids];
      const runner = async () => {
        for (let next = queue.shift(); next; next = queue.shift()) await fetchOnce(...next);
      };
      await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, runner));
    },

    load,

    async register(signal) {
      if (!registry) throw new Error('a registry is needed to register schemas');
      const left = [...written];
      for (let failure = 0; left.length > 0 && !signal.aborted;) {
        try {
          await load();
          await registerOne(registry, left[0] as WrittenSchema);
          left.shift();
          failure = 0;
        } catch (error) {
          if (error instanceof SchemaRefusedError || error instanceof SchemaIdChangedError) throw error;
          log.warn({ left: left.length, error: String(error) }, 'schemas are not registered yet');
          await pause(backoff_ms(failure++, BACKOFF_MS, BACKOFF_MS_MAX), signal);
        }
      }
      if (!signal.aborted)
        log.info({ subjects: written.map(({ subject }) => subject) }, 'schemas registered');
    },
  };
}

/** For who only writes JSON, and reads nothing else. */
export const noSchemas: KnownSchemas = createSchemaKeeper({
  registry: undefined,
  store: { load: async () => [], save: async () => undefined },
  log: createLog('schemas', 'none', 'silent'),
});
