import { BROKERS_DEFAULT } from './platform';
import type { Finding } from './platform/health-checks';
import type { Plan } from './platform/planned-ports';
import type { Selection } from './selection';

/** What a start with these flags is going to need. */
export function planOf(selection: Selection, portOffset: number): Plan {
  return { ...selection, portOffset, brokers: BROKERS_DEFAULT };
}

const marks = { fine: '✓', warning: '!', problem: '✗' } as const;

/** Findings as lines, a fix below each thing that is not fine. */
export function explain(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.subject.length));
  return findings
    .map(({ level, subject, found, fix }) => {
      const [first, ...others] = [...found.split('\n'), ...(fix === undefined ? [] : [`fix: ${fix}`])];
      const indent = ' '.repeat(width + 4);
      return [
        `${marks[level]} ${subject.padEnd(width)}  ${first}`,
        ...others.map((line) => indent + line),
      ].join('\n');
    })
    .join('\n');
}
