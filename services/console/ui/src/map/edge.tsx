import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TopologyEdge } from '../../../src/views';
import { count, duration, rate } from '../format';
import { runDots } from './flow';
import { labelPlace, pathOf } from './geometry';
import { lagOf, rateOf } from './topology';

/** A line with the events that run along it; its labels change without anything being rendered again. */
export function Edge({ edge }: { edge: TopologyEdge }) {
  const dots = useRef<SVGPathElement>(null);
  const perSecond = useComputed(() => rateOf(edge.id));
  const lag = useComputed(() => lagOf(edge));
  const isBehind = useComputed(() => (lag.value?.records ?? 0) > 0);
  const state = useComputed(() => `edge ${edge.kind} ${isBehind.value ? 'behind' : ''}`);
  const rateText = useComputed(() => (perSecond.value > 0 ? rate(perSecond.value) : ''));
  const lagText = useComputed(() =>
    isBehind.value ? `${count(lag.value!.records)} behind, ${duration(lag.value!.seconds)}` : '',
  );
  useEffect(() => runDots(dots.current!, perSecond), [perSecond]);
  const line = pathOf(edge.points);
  const [x, y] = labelPlace(edge.points);
  return (
    <g class={state} data-edge={edge.id}>
      <path class="line" d={line} marker-end="url(#arrow)" />
      <path class="flow" d={line} ref={dots} />
      <text x={x} y={y - 4} class="rate">
        {rateText}
      </text>
      <text x={x} y={y + 13} class="lag">
        {lagText}
      </text>
    </g>
  );
}
