import { createMetrics, type Metrics } from '@naru/kernel';

const nothing = () => undefined;

/** Metrics that do nothing, to see what the real ones cost. */
export function noMetrics(): Metrics {
  const { registry, ...metrics } = createMetrics('none');
  const silent = {
    inc: nothing,
    set: nothing,
    setToCurrentTime: nothing,
    observe: nothing,
    reset: nothing,
    remove: nothing,
    startTimer: () => nothing,
  };
  const names = Object.keys(metrics);
  return { registry, ...Object.fromEntries(names.map((name) => [name, silent])) } as unknown as Metrics;
}
