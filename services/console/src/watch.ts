import type { Connections } from '@naru/operations';
import type { InstancesReader } from './instances';
import { createLagAges, lagsOf } from './kafka/lag';
import { ratesBetween } from './kafka/rates';
import { createSampler, type KafkaSample } from './kafka/sample';
import { createLetterCounts } from './letters/counts';
import { toOverview, type Readings } from './overview';
import { cachedReading } from './shared-reading';
import { createStoresReader } from './stores';
import type { Overview } from './views';

const INTERVAL_MS = 1_000;
/** A little younger than the interval, so that a timer that comes early does not find what it told before. */
const AGE_MS = 900;
export const LISTENERS_MAX = 16;

/** Reads Naru at most once a second, for all who ask together, and only while somebody does. */
export interface Watch {
  readings(): Promise<Readings>;
  overview(): Promise<Overview>;
  /** Tells of an overview now and then each second. @returns ends it; null when there are too many listeners */
  listen(listener: (overview: Overview) => void): (() => void) | null;
  stop(): void;
}

export function createWatch(
  connections: Connections,
  readInstances: InstancesReader,
  clock: () => number = Date.now,
): Watch {
  const sampleNow = createSampler(connections.broker, clock);
  const ages = createLagAges(connections.broker);
  const counts = createLetterCounts(connections);
  const readStores = createStoresReader(connections);
  const listeners = new Set<(overview: Overview) => void>();
  let before: KafkaSample | undefined;
  let timer: NodeJS.Timeout | undefined;

  const readings = cachedReading(AGE_MS, async (): Promise<Readings> => {
    const ofKafka = async () => {
      const sample = await sampleNow();
      const lags = lagsOf(sample);
      return { sample, lags, ages: await ages.read(sample, lags) };
    };
    const [kafka, stores, instances] = await Promise.all([ofKafka(), readStores(), readInstances()]);
    const rates = ratesBetween(before, kafka.sample);
    before = kafka.sample;
    counts.refresh(kafka.sample, stores);
    return { ...kafka, stores, instances, rates, letters: counts.known() };
  });
  const overview = async () => toOverview(await readings());

  async function tell(): Promise<void> {
    const begun_ms = performance.now();
    const told = await overview().catch(() => undefined);
    if (told) for (const listener of listeners) listener(told);
    if (listeners.size === 0) timer = undefined;
    else timer = setTimeout(() => void tell(), Math.max(0, begun_ms + INTERVAL_MS - performance.now()));
  }

  return {
    readings,
    overview,
    listen(listener) {
      if (listeners.size >= LISTENERS_MAX) return null;
      listeners.add(listener);
      // Otherwise the next round is at most a second away.
      timer ??= setTimeout(() => void tell(), 0);
      return () => void listeners.delete(listener);
    },
    stop() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
