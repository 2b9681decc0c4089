import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Step {
  readonly title: string;
  readonly rows: readonly Row[];
}
interface Row {
  readonly what: string;
  readonly measured: string;
}

/** Writes down what a step measured. */
export type Note = (what: string, measured: string | number) => void;

const done: Step[] = [];
let declared = 0;

/** A test that also writes down what it measured. */
export function step(title: string, timeout_ms: number, run: (note: Note) => Promise<void>): void {
  declared++;
  test(
    title,
    async () => {
      say(`── ${title}`);
      const rows: Row[] = [];
      const since_ms = performance.now();
      const note: Note = (what, measured) => {
        rows.push({ what, measured: String(measured) });
        say(`${what}: ${measured}`);
      };
      // jest tells why at the end only, which is half an hour away.
      await run(note).catch((error: unknown) => {
        say(`FAILED after ${seconds(performance.now() - since_ms)}: ${String(error)}`);
        throw error;
      });
      done.push({ title, rows });
      say(`passed in ${seconds(performance.now() - since_ms)}`);
    },
    timeout_ms,
  );
}

/** A line for whoever waits. */
export function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

export function seconds(duration_ms: number): string {
  return `${(duration_ms / 1_000).toFixed(1)} s`;
}

/** Writes docs/kubernetes-test-results.md, unless some step did not run or did not pass. */
export function writeResults(machine: readonly string[]): void {
  if (done.length < declared) {
    say(`${done.length} of ${declared} steps passed; docs/kubernetes-test-results.md stays as it is`);
    return;
  }
  const sections = done.map(({ title, rows }) => {
    const lines = rows.map(({ what, measured }) => `| ${what} | ${measured} |`);
    return `## ${title}\n\n| what | measured |\n| --- | --- |\n${lines.join('\n')}`;
  });
  const text = [
    '# Kubernetes test results',
    'Written by `npm run test:k8s`, the long form, each time it passes. Numbers are of this one run, on the machine named here.',
    machine.map((line) => `- ${line}`).join('\n'),
    ...sections,
  ].join('\n\n');
  writeFileSync(join(__dirname, '../../docs/kubernetes-test-results.md'), `${text}\n`);
}
