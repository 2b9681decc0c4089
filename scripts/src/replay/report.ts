import type { CapturedEffect } from '@naru/kernel';

import type { Difference, FieldDifference } from './compare';
import type { ReplayReport, ServiceReport } from './run';

const DIFFERENCES_SHOWN_MAX = 50;
const VALUE_LENGTH_MAX = 120;

/** The report as text: what was replayed, what would have gone out, what cannot be told, and what differs. */
export function formatReplay(report: ReplayReport): string {
  const { from, to, stories, services, isSame } = report;
  const whose = stories === null ? 'everything' : `${stories} ${stories === 1 ? 'story' : 'stories'}`;
  const differences = services.flatMap((service) => service.differences);
  return [
    `replayed ${whose} from ${from ?? 'the beginning'} to ${to}`,
    '',
    ...table(services),
    ...section('captured, not made', services.flatMap(effectsOf)),
    ...section(
      'to be known',
      services.flatMap(({ service, caveats }) => caveats.map((caveat) => `${service}: ${caveat}`)),
    ),
    ...section('differences', differences.slice(0, DIFFERENCES_SHOWN_MAX).flatMap(describe)),
    ...(differences.length > DIFFERENCES_SHOWN_MAX
      ? [`  and ${differences.length - DIFFERENCES_SHOWN_MAX} more (--json has all)`]
      : []),
    '',
    isSame
      ? 'no difference: this code does what the released code did'
      : `${differences.length} ${differences.length === 1 ? 'difference' : 'differences'}`,
  ].join('\n');
}

function table(services: readonly ServiceReport[]): string[] {
  const rows = [
    ['service', 'records', 'history', 'events', 'effects', 'differences'],
    ...services.map(({ service, records, history, told, effects, differences }) =>
      [service, records, history, told, effects.length, differences.length].map(String),
    ),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

/** How many of each kind, and the first of them. */
function effectsOf({ service, effects }: ServiceReport): string[] {
  const kinds = new Map<string, CapturedEffect[]>();
  for (const effect of effects) {
    const kind = `${effect.action} to ${effect.dependency}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), effect]);
  }
  return [...kinds].map(([kind, [first, ...others]]) => {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `${service}: ${kind} ${brief(first?.details)}${more}`;
  });
}

function describe(difference: Difference): string[] {
  const { service, story } = difference;
  switch (difference.kind) {
    case 'missing-event':
      return [
        `${service}: ${difference.type} of ${story} is missing; it was told as ${difference.place}`,
        `    ${brief(difference.data)}`,
      ];
    case 'extra-event':
      return [
        `${service}: ${difference.type} of ${story} is told and was not`,
        `    ${brief(difference.data)}`,
      ];
    case 'other-payload':
      return [
        `${service}: ${difference.type} of ${story} is another than ${difference.place}`,
        ...fieldLines(difference.fields),
      ];
    case 'other-order':
      return [
        `${service}: events of ${story} on ${difference.topic} come in another order`,
        `    then ${difference.then.join(', ')}`,
        `    now  ${difference.now.join(', ')}`,
      ];
    case 'dead-lettered-now':
      return [`${service}: ${difference.id} is a dead letter and was not: ${cut(difference.exception)}`];
    case 'dead-lettered-then':
      return [`${service}: ${difference.id} was a dead letter and is not: ${cut(difference.exception)}`];
    case 'other-dead-letter':
      return [
        `${service}: ${difference.id} is a dead letter for another reason`,
        ...fieldLines(difference.fields),
      ];
    case 'other-state': {
      const row = difference.id === story ? story : `${difference.id} of ${story}`;
      return [`${service}: ${difference.table} has ${row} otherwise`, ...fieldLines(difference.fields)];
    }
  }
}

function fieldLines(fields: readonly FieldDifference[]): string[] {
  return fields.map(({ field, then, now }) => `    ${field}: ${brief(then)} then, ${brief(now)} now`);
}

function brief(value: unknown): string {
  return value === undefined ? 'nothing' : cut(JSON.stringify(value));
}

function cut(text: string): string {
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}
