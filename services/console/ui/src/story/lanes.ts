import type { StoryStep } from '../../../src/views';

export interface Dot {
  readonly lane: number;
  /** 0 at the first step, 1 at the last. */
  readonly share: number;
  readonly state: StoryStep['state'];
}

/**
 * Where the steps are drawn: a lane a service, in the order of their first step. Half of the width is shared out
 * by time and half evenly, so that a saga of milliseconds that waited for an hour can still be read.
 */
export function lanesOf(steps: readonly StoryStep[]): { services: readonly string[]; dots: readonly Dot[] } {
  const services = [...new Set(steps.map(({ service }) => service))];
  const times = steps.map(({ at }) => Date.parse(at));
  const first = Math.min(...times);
  const span = Math.max(...times) - first;
  const dots = steps.map(({ service, state }, index) => {
    const byOrder = steps.length > 1 ? index / (steps.length - 1) : 0;
    const byTime = span > 0 ? (times[index]! - first) / span : byOrder;
    return { lane: services.indexOf(service), share: (byOrder + byTime) / 2, state };
  });
  return { services, dots };
}
