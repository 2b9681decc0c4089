import type { Plan } from './requests';

export interface Outcome {
  readonly plan: Plan;
  /** Undefined where there was no answer. */
  readonly status: number | undefined;
  readonly findings: readonly string[];
}

/** How often each operation was answered with which status, with totals. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const statuses = [...new Set(outcomes.map(({ status }) => String(status ?? 'none')))].sort();
  const ids = [...new Set(outcomes.map(({ plan }) => plan.operation.id))];
  const row = (name: string, of: readonly Outcome[]) => {
    const counts = statuses.map(
      (status) => of.filter((outcome) => String(outcome.status ?? 'none') === status).length,
    );
    return [name, ...counts.map((count) => (count === 0 ? '' : String(count))), String(of.length)];
  };
  const rows = [
    ['operation', ...statuses, 'all'],
    ...ids.map((id) =>
      row(
        id,
        outcomes.filter(({ plan }) => plan.operation.id === id),
      ),
    ),
    row('all', outcomes),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n');
}
