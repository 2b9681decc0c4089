import { reasonOf } from './errors';
import type { ProcessPart } from './process/process-part';
import type { Report } from './supervisor';
import { infrastructure, observers, registries } from './types';

interface Stages {
  readonly brokers: readonly ProcessPart[];
  readonly mail: readonly ProcessPart[];
  /** What services need besides Kafka. */
  readonly stores: readonly ProcessPart[];
  readonly services: readonly ProcessPart[];
  /** They come last, so that what has not been started yet is not taken for what is down. */
  readonly observers: readonly ProcessPart[];
}

/** The parts sorted by when they are started and stopped. */
export function stagesOf(parts: readonly ProcessPart[]): Stages {
  const named = (names: readonly string[]) => parts.filter((part) => names.includes(part.name));
  const brokers = parts.filter((part) => part.name.startsWith('broker-'));
  const mail = named(['mail']);
  const stores = named([...infrastructure, ...registries]).filter((part) => !mail.includes(part));
  const watching = named(observers);
  const services = parts.filter((part) => ![...brokers, ...mail, ...stores, ...watching].includes(part));
  return { brokers, mail, stores, services, observers: watching };
}

/** Starts what does not depend on anything side by side; services as soon as what they need is there. */
export async function startInStages(
  stages: Stages,
  makeTopics: () => Promise<void>,
  report: Report,
): Promise<void> {
  const bringAll = async (parts: readonly ProcessPart[]): Promise<void> => {
    await Promise.all(parts.map((part) => observed(part.name, () => part.start(), report)));
  };
  const bringKafka = async (): Promise<void> => {
    await bringAll(stages.brokers);
    if (stages.brokers.length > 0) await observed('topics', makeTopics, report);
  };
  const needed = Promise.all([bringKafka(), bringAll(stages.stores)]);
  await Promise.all([bringAll(stages.mail), needed.then(() => bringAll(stages.services))]);
  await bringAll(stages.observers);
}

/** Stops services first and brokers last, so that a service can finish what it is at. */
export async function stopInStages(stages: Stages, report: Report): Promise<void> {
  for (const stage of [
    [...stages.observers, ...stages.services],
    [...stages.mail, ...stages.stores],
    stages.brokers,
  ]) {
    await Promise.all(stage.map((part) => end(part, report)));
  }
}

/**
 * Tells of a piece of work when it begins, and when it has succeeded or failed.
 * @param detail what is worth knowing while it is awaited
 */
export async function observed(
  name: string,
  work: () => Promise<void>,
  report: Report,
  detail?: string,
): Promise<void> {
  const since = performance.now();
  report(name, 'starting', 0, detail);
  try {
    await work();
    report(name, 'ready', performance.now() - since);
  } catch (error) {
    report(name, 'failed', performance.now() - since, reasonOf(error));
    throw error;
  }
}

async function end(part: ProcessPart, report: Report): Promise<void> {
  const since = performance.now();
  const running = part.pid !== undefined;
  if (running) report(part.name, 'stopping', 0);
  await part.stop({ withAllOthers: true });
  if (running) report(part.name, 'stopped', performance.now() - since);
}
