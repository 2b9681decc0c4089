import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TopologyEdge } from '../../../src/views';
import { count, duration, rate } from '../format';
import { runDots } from './flow';
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
  const line = edge.points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const [x, y] = labelPlace(edge.points);
  return (
    <g class={state} data-edge={edge.id}>
      <path class="line" d={line} />
      <path class="flow" d={line} ref={dots} />
      <text x={x} y={y - 4} class="rate">
        {rateText}
      </text>
      <text x={x} y={y + 11} class="lag">
        {lagText}
      </text>
    </g>
  );
}

/** Two thirds of the way along, where lines that leave one node have parted. */
export function labelPlace(points: TopologyEdge['points']): readonly [number, number] {
  const lengths = points
    .slice(1)
    .map(([x, y], index) => Math.hypot(x - points[index]![0], y - points[index]![1]));
  let left = (lengths.reduce((sum, length) => sum + length, 0) * 2) / 3;
  for (const [index, length] of lengths.entries()) {
    if (left <= length && length > 0) {
      const [fromX, fromY] = points[index]!;
      const [toX, toY] = points[index + 1]!;
      return [fromX + ((toX - fromX) * left) / length, fromY + ((toY - fromY) * left) / length];
    }
    left -= length;
  }
  return points.at(-1) ?? [0, 0];
}
