import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { count, rate } from '../format';
import { theme } from '../theme';
import { history, SECONDS_MAX, type Moment } from './history';

const HEIGHT_PX = 170;

/** Events written and records not yet consumed, over the last minutes. */
export function Chart() {
  const place = useRef<HTMLDivElement>(null);
  const plot = useSignal<uPlot | null>(null);
  const pointed = useSignal<number | null>(null);
  // Rebuilt for another theme, since the colours of a canvas are its own.
  useSignalEffect(() => {
    void theme.value;
    const element = place.current!;
    const made = new uPlot(
      optionsOf(element, (index) => (pointed.value = index)),
      dataOf(history.peek()),
      element,
    );
    plot.value = made;
    const sized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    sized.observe(element);
    return () => {
      sized.disconnect();
      made.destroy();
    };
  });
  useSignalEffect(() => plot.value?.setData(dataOf(history.value)));
  const told = useComputed(() => history.value[pointed.value ?? -1] ?? history.value.at(-1));
  const rateTold = useComputed(() => (told.value ? rate(told.value.rate) : '–'));
  const lagTold = useComputed(() => {
    const lag = told.value?.lag ?? null;
    return lag === null ? '–' : count(lag);
  });
  return (
    <figure class="chart">
      <figcaption>
        <span class="key rate-key">Events written {rateTold}</span>{' '}
        <span class="key lag-key">Records not yet consumed {lagTold}</span>
      </figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
    </figure>
  );
}

function dataOf(moments: readonly Moment[]): uPlot.AlignedData {
  return [moments.map(({ at_s }) => at_s), moments.map(({ rate }) => rate), moments.map(({ lag }) => lag)];
}

function optionsOf(element: HTMLElement, onPoint: (index: number | null) => void): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--pico-muted-color'),
    grid: { stroke: colour('--pico-muted-border-color'), width: 1 },
    ticks: { show: false },
  };
  const fromZero: uPlot.Scale = { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, drag: { x: false } },
    scales: {
      x: { range: (_plot, _min, max) => [max - SECONDS_MAX, max] },
      rate: fromZero,
      lag: fromZero,
    },
    axes: [
      axis,
      { ...axis, scale: 'rate', size: 44 },
      { ...axis, scale: 'lag', side: 1, size: 44, grid: { show: false } },
    ],
    series: [
      {},
      { label: 'events a second', scale: 'rate', stroke: colour('--flow'), width: 2 },
      { label: 'lag', scale: 'lag', stroke: colour('--behind'), width: 2, dash: [6, 3] },
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}
