import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunResult } from '../result';

interface Line {
  readonly label: string;
  readonly color: string;
  readonly values: readonly (number | null)[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
}

const green = '#2a9d5c';
const amber = '#e0a100';
const red = '#d1495b';
const blue = '#3b7dd8';
const grey = '#7a8794';
const many = [blue, green, amber, red, '#8a5cd1', '#1f9e9e', grey, '#b5651d'];

/** What is drawn over time, each chart below the other with the same faults as bands. */
export function chartsOf({ samples }: Pick<RunResult, 'samples'>): Chart[] {
  const line = (
    label: string,
    color: string,
    valueOf: (sample: (typeof samples)[number]) => number | null,
  ) => ({
    label,
    color,
    values: samples.map(valueOf),
  });
  const instances = [...new Set(samples.flatMap(({ memory_MiB }) => Object.keys(memory_MiB)))];
  return [
    {
      title: 'Requests answered a second',
      unit: '/s',
      lines: [
        line('ok', green, ({ outcomes }) => outcomes.ok),
        line('failed', red, ({ outcomes }) => outcomes.fail),
        line('unknown', amber, ({ outcomes }) => outcomes.unknown),
      ],
    },
    {
      title: 'Time to answer',
      unit: 'ms',
      lines: [line('p50', blue, ({ p50_ms }) => p50_ms), line('p99', red, ({ p99_ms }) => p99_ms)],
    },
    {
      title: 'Lag: records not yet committed by their groups',
      unit: 'records',
      lines: [line('all groups', blue, ({ lag }) => lag)],
    },
    {
      title: 'Outbox: age of the oldest pending row',
      unit: 's',
      lines: [line('oldest', amber, ({ outboxAge_s }) => outboxAge_s)],
    },
    {
      title: 'Outbox: pending rows',
      unit: 'rows',
      lines: [line('pending', blue, ({ outboxPending }) => outboxPending)],
    },
    {
      title: 'Memory of services',
      unit: 'MiB',
      lines: instances.map((name, index) =>
        line(name, many[index % many.length] as string, ({ memory_MiB }) => memory_MiB[name] ?? null),
      ),
    },
  ];
}

/** uPlot, as it is in node_modules, so that the page needs no network. */
export function chartLibrary(): { script: string; style: string } {
  const directory = join(dirname(require.resolve('uplot/package.json')), 'dist');
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css') };
}

/** Runs in the browser; `data` is what page.ts puts there. */
export const chartScript = `
const root = document.getElementById('charts');
const ink = getComputedStyle(document.body).color;
const width = () => root.clientWidth;
const colorOf = (index) => 'hsla(' + (index * 47) % 360 + ', 60%, 50%, 0.18)';

function bands(u) {
  const { ctx, bbox } = u;
  ctx.save();
  for (const { from_s, recovered_s, kind } of data.faults) {
    const left = Math.max(bbox.left, u.valToPos(from_s, 'x', true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(recovered_s, 'x', true));
    if (right <= left) continue;
    ctx.fillStyle = colorOf(kind);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

function tellFault(u) {
  const { idx } = u.cursor;
  const at = idx == null ? null : u.data[0][idx];
  const found = at == null ? [] : data.faults.filter((f) => at >= f.from_s && at <= f.recovered_s);
  document.getElementById('now').textContent =
    at == null ? '\\u00a0' : at + ' s: ' + (found.map((f) => f.name + ' (' + f.target + ')').join(', ') || 'no fault');
}

const plots = data.charts.map((chart) => {
  const axis = { stroke: ink, grid: { stroke: 'rgba(128,128,128,.2)' }, ticks: { stroke: 'rgba(128,128,128,.3)' } };
  return new uPlot({
    title: chart.title,
    width: width(),
    height: 190,
    cursor: { sync: { key: 'run' } },
    scales: { x: { time: false } },
    axes: [{ ...axis, values: (u, at) => at.map((s) => s + ' s') }, { ...axis, size: 70, label: chart.unit }],
    series: [
      { label: 'at (s)' },
      ...chart.lines.map(({ label, color }) => ({ label, stroke: color, width: 1.5, spanGaps: false })),
    ],
    hooks: { drawClear: [bands], setCursor: [tellFault] },
  }, [data.at_s, ...chart.lines.map(({ values }) => values)], root);
});
addEventListener('resize', () => plots.forEach((plot) => plot.setSize({ width: width(), height: 190 })));
`;
