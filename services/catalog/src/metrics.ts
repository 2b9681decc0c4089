import type { Metrics } from '@naru/kernel';
import { Counter, Gauge } from 'prom-client';

export const catalogMetricNames = {
  unapplied: 'naru_catalog_unapplied',
  oldestUnappliedAge: 'naru_catalog_oldest_unapplied_age_seconds',
  applied: 'naru_catalog_applied_total',
} as const;

export type CatalogMetrics = ReturnType<typeof createCatalogMetrics>;

export function createCatalogMetrics({ registry, consumed }: Metrics) {
  const registers = [registry];
  return {
    /** The kernel's: where dead letters of all services are counted. */
    consumed,
    unapplied: new Gauge({
      name: catalogMetricNames.unapplied,
      help: 'Heard events that are not in the read model yet; every process tells the same number',
      registers,
    }),
    oldestUnappliedAge: new Gauge({
      name: catalogMetricNames.oldestUnappliedAge,
      help: 'Age of the oldest heard event that is not in the read model yet; every process tells the same',
      registers,
    }),
    applied: new Counter({
      name: catalogMetricNames.applied,
      help: 'Heard events by what became of them: applied, retried, dead-lettered',
      labelNames: ['outcome'],
      registers,
    }),
  };
}
