import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TopologyEdge } from '../../../src/views';
import { count, duration, rate } from '../format';
import { runDots } from './flow';
import { labelPlace, pathOf } from './geometry';
import { lagOf, rateOf } from './topology';

/** A line with the events that run along it. */
export function Edge({ edge }: { edge: TopologyEdge }) {
  const dots = useRef<SVGPathElement>(null);
  const perSecond = useComputed(() => rateOf(edge.id));
  const state = useComputed(() => `edge ${edge.kind} ${(lagOf(edge)?.records ?? 0) > 0 ? 'behind' : ''}`);
  useEffect(() => runDots(dots.current!, perSecond), [perSecond]);
  const line = pathOf(edge.points);
  return (
    <g class={state} data-edge={edge.id}>
      <path class="line" d={line} marker-end="url(#arrow)" />
      <path class="flow" d={line} ref={dots} />
    </g>
  );
}

/** How many events a second there are on a line, and how far behind its end is; over the boxes, to be read anywhere. */
export function EdgeLabel({ edge }: { edge: TopologyEdge }) {
  const rateText = useComputed(() => (rateOf(edge.id) > 0 ? rate(rateOf(edge.id)) : ''));
  const lagText = useComputed(() => {
    const lag = lagOf(edge);
    return lag && lag.records > 0 ? `${count(lag.records)} behind, ${duration(lag.seconds)}` : '';
  });
  const [x, y] = labelPlace(edge.points);
  return (
    <g class="edge-label" data-edge={edge.id}>
      <text x={x} y={y - 4} class="rate">
        {rateText}
      </text>
      <text x={x} y={y + 13} class="lag">
        {lagText}
      </text>
    </g>
  );
}
