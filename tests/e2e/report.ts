import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Answer } from '../support/client';

/** What a scenario shows, in the words of the source that promises it. */
export interface Covered {
  readonly source: 'A' | 'B' | 'C' | 'D' | 'E' | 'design';
  readonly promise: string;
}

interface Entry {
  readonly title: string;
  readonly covers: readonly Covered[];
  readonly steps: readonly string[];
}

/** What a scenario writes down: requests with their answers, and effects seen elsewhere. */
export interface Record {
  http(request: string, body: unknown, answer: Answer): void;
  effect(text: string): void;
}

/** Scenarios of all files together; the results are written only when every one of them passed. */
const SCENARIOS = 29;
const DIRECTORY_VARIABLE = 'NARU_E2E_RESULTS';
let sequence = 0;

/** A test that also writes its requests, answers and effects into docs/api-test-results.md. */
export function scenario(
  title: string,
  covers: readonly Covered[],
  run: (record: Record) => Promise<void>,
  timeout_ms?: number,
): void {
  const number = String(sequence++).padStart(3, '0');
  test(
    title,
    async () => {
      const steps: string[] = [];
      await run({
        http(request, body, { status, body: answer }) {
          const sent = body === undefined ? '' : `\n${JSON.stringify(body)}`;
          const got = answer === '' ? '' : `\n${JSON.stringify(answer, null, 2)}`;
          steps.push(`\`\`\`http\n${request}${sent}\n\n→ ${status}${got}\n\`\`\``);
        },
        effect: (text) => steps.push(`- ${text}`),
      });
      const file = `${basename(expect.getState().testPath ?? '')}-${number}.json`;
      const entry: Entry = { title, covers, steps };
      const directory = process.env[DIRECTORY_VARIABLE];
      if (directory) writeFileSync(join(directory, file), JSON.stringify(entry));
    },
    timeout_ms,
  );
}

/** Before the first file of a run. */
export function collectResults(): void {
  process.env[DIRECTORY_VARIABLE] = mkdtempSync(join(tmpdir(), 'naru-e2e-results-'));
}

/** After the last file of a run: writes the results, unless some scenario did not run or did not pass. */
export function writeResults(): void {
  const directory = process.env[DIRECTORY_VARIABLE];
  if (!directory) return;
  const entries = readdirSync(directory)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Entry);
  rmSync(directory, { recursive: true, force: true });
  if (entries.length !== SCENARIOS) {
    console.log(
      `${entries.length} of ${SCENARIOS} scenarios passed; docs/api-test-results.md stays as it is`,
    );
    return;
  }
  const covered = entries.flatMap(({ title, covers }) => covers.map((cover) => ({ ...cover, title })));
  const table = covered.map(({ source, promise, title }) => `| ${source} | ${promise} | ${title} |`);
  const sections = entries.map(({ title, steps }) => `## ${title}\n\n${steps.join('\n\n')}`);
  const text = [
    '# API test results',
    'Written by the end-to-end tests (`npm test -- --only e2e`), each time they pass: what was asked, what was answered, and what came of it. Ids, times and tokens are replaced by their kind.',
    '## Which promise is shown where',
    `| source | promise | scenario |\n|---|---|---|\n${table.join('\n')}`,
    ...sections,
  ].join('\n\n');
  writeFileSync(join(__dirname, '../../docs/api-test-results.md'), `${stable(text)}\n`);
}

function stable(text: string): string {
  return text
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/\b[0-9a-f]{32}\b/g, '<trace-id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/127\.0\.0\.1:\d+/g, '<address>')
    .replace(/<[0-9a-f]{16,}@naru>/g, '<message-id>')
    .replace(
      /"partition": \d+,\n(\s*)"offset": "\d+"/g,
      '"partition": "<partition>",\n$1"offset": "<offset>"',
    );
}
