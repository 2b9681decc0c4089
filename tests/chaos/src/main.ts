import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseOptions, UsageError } from './options';
import { reportPage } from './report/page';
import { summaryOf } from './report/summary';
import { verdictOf } from './result';
import { run } from './run';

const USAGE_EXIT_CODE = 2;

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv, Date.now);
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  const begin_ms = performance.now();
  const say = (line: string) =>
    console.log(`${((performance.now() - begin_ms) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  console.log(`seed ${options.seed}`);
  const result = await run(options, say, stopping.signal);
  const file = resolve(options.report);
  writeFileSync(file, reportPage(result));
  console.log(`\n${summaryOf(result)}\n\nreport: ${file}\n${verdictOf(result).text}`);
  return verdictOf(result).isAsExpected ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = error instanceof UsageError ? USAGE_EXIT_CODE : 1;
  },
);
