import { valueOf, verdictOf, type Benchmark, type Measure, type Target } from './benchmark';
import type { Machine } from './machine';

export interface Result {
  readonly benchmark: Benchmark;
  readonly measures: readonly Measure[];
  /** Why there are no measures. */
  readonly error: string | null;
  readonly elapsed_s: number;
}

/** What a terminal shows of a result; `quick` ones say nothing about targets. */
export function resultLines({ benchmark, measures, error, elapsed_s }: Result, quick: boolean): string[] {
  if (error !== null) return [`${benchmark.id} failed after ${elapsed_s} s: ${error}`];
  return [
    ...measures.map((measure) => {
      const { median, worst, met } = verdictOf(measure);
      const target = targetText(measure.target);
      const verdict = quick ? '' : met ? 'met    ' : 'missed ';
      return `  ${verdict}${measure.name}: median ${number(median)}, worst ${number(worst)} (target ${target})`;
    }),
    `  ${elapsed_s} s`,
  ];
}

const PLATFORM =
  'Events of about 760 bytes, three brokers, replication 3, `acks` all, at least two replicas in sync, ' +
  'database commits flushed to disk, everything on one machine.';

/** The whole of docs/performance.md. */
export function report(results: readonly Result[], on: Machine): string {
  return [
    '# Performance',
    '',
    'Written by `npm run bench`; do not edit. Only ratios are given: what is compared runs in turns on the same machine, ' +
      'so that they hold on another one. A round counts only when its load was on target and every event had its effect ' +
      'exactly once; the others are repeated, and said so below.',
    '',
    ...(results.some(({ benchmark }) => benchmark.platform !== 'none') ? [PLATFORM, ''] : []),
    `Commit ${on.commit}, ${on.date}. ${on.cores} cores (${on.processor}), ${on.memory_gib} GiB, ${on.system}, Node ${on.node}.`,
    '',
    '|   | measure | target | median | worst | |',
    '| - | ------- | ------ | ------ | ----- | - |',
    ...results.flatMap(summaryRows),
    '',
    ...results.flatMap(section),
  ].join('\n');
}

function summaryRows({ benchmark, measures, error }: Result): string[] {
  if (error !== null) return [`| ${benchmark.id} | ${benchmark.title} | | | | could not be measured |`];
  return measures.map((measure) => {
    const { median, worst, met } = verdictOf(measure);
    const cells = [benchmark.id, measure.name, targetText(measure.target), number(median), number(worst)];
    return `| ${cells.join(' | ')} | ${met ? 'met' : '**missed**'} |`;
  });
}

function section({ benchmark, measures, error, elapsed_s }: Result): string[] {
  const notes = [...new Set(measures.flatMap((measure) => measure.notes ?? []))];
  return [
    `## ${benchmark.id}: ${benchmark.title}`,
    '',
    benchmark.method,
    '',
    ...(benchmark.boundBy ? [benchmark.boundBy, ''] : []),
    ...(error === null ? [] : [`It could not be measured: ${error.split('\n')[0] ?? ''}`, '']),
    ...notes.map((note) => `- ${note}`),
    ...(notes.length > 0 ? [''] : []),
    '<details>',
    `<summary>Every round (${elapsed_s} s)</summary>`,
    '',
    ...measures.flatMap(rawTable),
    '</details>',
    '',
  ];
}

function rawTable({ name, unit, pairs, target }: Measure): string[] {
  const alone = pairs.every(({ other }) => other === null);
  const what = pairs.some(({ label }) => label !== undefined) ? 'event' : 'round';
  const header = alone ? [what, name] : [what, 'Naru', 'other', name];
  const rows = pairs.map((pair, index) => {
    const sides = [pair.ours, ...(pair.other === null ? [] : [pair.other])].map(
      (side) => `${number(side)} ${unit}`,
    );
    return [
      pair.label ?? String(index + 1),
      ...(alone ? [] : sides),
      alone ? `${number(pair.ours)} ${unit}` : number(valueOf(pair)),
    ];
  });
  return [
    `${name}, target ${targetText(target)}:`,
    '',
    `| ${header.join(' | ')} |`,
    `| ${header.map(() => '-').join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  ];
}

function targetText({ kind, value, unit }: Target): string {
  return `${kind === 'at least' ? '≥' : '≤'} ${value}${unit ? ` ${unit}` : ''}`;
}

function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
