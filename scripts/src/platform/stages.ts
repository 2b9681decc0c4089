import { reasonOf } from './errors';
import type { ProcessPart } from './process/process-part';
import type { Report } from './supervisor';
import { infrastructure, observers } from './types';

interface Stages {
  readonly brokers: readonly ProcessPart[];
  /** What no service waits for: the mail catcher and what watches. */
  readonly aside: readonly ProcessPart[];
  /** What services need besides Kafka. */
  readonly stores: readonly ProcessPart[];
  readonly services: readonly ProcessPart[];
}

/** The parts sorted by when they are started and stopped. */
export function stagesOf(parts: readonly ProcessPart[]): Stages {
  const brokers = parts.filter((part) => part.name.startsWith('broker-'));
  const aside = parts.filter((part) => ['mail', ...observers].includes(part.name));
  const others = parts.filter((part) => ![...brokers, ...aside].includes(part));
  const isStore = (part: ProcessPart): boolean => (infrastructure as readonly string[]).includes(part.name);
  return {
    brokers,
    aside,
    stores: others.filter(isStore),
    services: others.filter((part) => !isStore(part)),
  };
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
  await Promise.all([bringAll(stages.aside), needed.then(() => bringAll(stages.services))]);
}

/** Stops services first and brokers last, so that a service can finish what it is at. */
export async function stopInStages(stages: Stages, report: Report): Promise<void> {
  for (const stage of [stages.services, [...stages.aside, ...stages.stores], stages.brokers]) {
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
