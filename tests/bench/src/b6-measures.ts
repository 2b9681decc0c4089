import { quantile, type Measure } from './benchmark';
import type { Growth } from './b6-memory';
import type { EffectTimes, RequestTimes } from './b6-phases';

/** A burst is not to be felt by who sends requests. */
export function requestMeasure(
  name: string,
  times: readonly RequestTimes[],
  notes: readonly string[],
): Measure {
  return {
    name,
    target: { kind: 'at most', value: 1.5 },
    unit: 'ms',
    pairs: times.map(({ burst_p99_ms, before_p99_ms }) => ({ ours: burst_p99_ms, other: before_p99_ms })),
    notes,
  };
}

/** @param what such as `effects`, for the note */
export function recoveryMeasure(name: string, what: string, times: readonly EffectTimes[]): Measure {
  const p99 = (when: keyof RequestTimes) =>
    quantile(
      times.map((each) => each[when]),
      0.5,
    ).toFixed(0);
  return {
    name,
    target: { kind: 'at most', value: 5, unit: 's' },
    unit: 's',
    pairs: times.map(({ recovery_s }) => ({ ours: recovery_s, other: null })),
    notes: [
      `p99 of ${what}, median: before ${p99('before_p99_ms')} ms, in the burst ${p99('burst_p99_ms')} ms`,
    ],
  };
}

export function memoryMeasure(name: string, growths: readonly Growth[]): Measure {
  return {
    name,
    target: { kind: 'at most', value: 1.5 },
    unit: 'MiB',
    pairs: growths.map(({ peak_mib, steady_mib }) => ({ ours: peak_mib, other: steady_mib })),
    notes: [`grew most: ${[...new Set(growths.map(({ service }) => service))].join(', ')}`],
  };
}
