import type { AuditReport, Finding } from './types';

/** The report as a table: an invariant a line, what violates it and what could not be judged below. */
export function formatReport({ findings, drained_ms, isGreen }: AuditReport): string {
  const width = Math.max(...findings.map(({ title }) => title.length), 'invariant'.length);
  const row = (mark: string, title: string, checked: string, violated: string) =>
    `${mark} ${title.padEnd(width)}  ${checked.padStart(9)}  ${violated.padStart(10)}`;
  const lines = findings.flatMap((finding) => [
    row(markOf(finding), finding.title, String(finding.checked), String(finding.violated)),
    ...finding.violations.map((violation) => `    ${violation}`),
    ...more(finding),
    ...finding.notes.map((note) => `    note: ${note}`),
  ]);
  const red = findings.filter(({ violated }) => violated > 0).length;
  const verdict = isGreen
    ? 'GREEN: no invariant is violated'
    : `RED: ${red} of ${findings.length} are violated`;
  const waited = `at rest after ${(drained_ms / 1_000).toFixed(1)} s`;
  return [row(' ', 'invariant', 'checked', 'violations'), ...lines, '', `${verdict}; ${waited}`].join('\n');
}

function markOf({ checked, violated }: Finding): string {
  if (violated > 0) return '✗';
  return checked === 0 ? '-' : '✓';
}

function more({ violated, violations }: Finding): string[] {
  return violated > violations.length ? [`    and ${violated - violations.length} more`] : [];
}
