import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { topicSpecifications } from '@naru/contracts';
import { format } from 'prettier';
import { repositoryDirectory, startPlatform, type Platform } from '@naru/scripts';
import { relayBenchmark } from './b1-relay';
import { consumerBenchmark } from './b2-consumer';
import { oneAtATimeBenchmark } from './b3-one-at-a-time';
import { latencyBenchmark } from './b4-latency';
import { gatewayBenchmark } from './b5-gateway';
import { burstBenchmark } from './b6-burst';
import { orderBurstBenchmark } from './b6-orders';
import { recoveryBenchmark } from './b7-recovery';
import { encodingBenchmark } from './b8-encoding';
import type { Bench, Benchmark } from './benchmark';
import { machine } from './machine';
import { report, resultLines, type Result } from './report';

const ROUNDS = 5;
const ROUNDS_QUICK = 1;

/** In the order in which they run: what does not share the platform comes last. */
const benchmarks: readonly Benchmark[] = [
  relayBenchmark,
  consumerBenchmark,
  oneAtATimeBenchmark,
  latencyBenchmark,
  gatewayBenchmark,
  recoveryBenchmark,
  burstBenchmark,
  orderBurstBenchmark,
  encodingBenchmark,
];

interface Options {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
  /** File that the results are written to; null for none. */
  readonly reportFile: string | null;
}

const USAGE = `npm run bench -- [--only B1,B3] [--pairs N] [--quick] [--report FILE]
  --only    benchmarks to run, default all
  --pairs   rounds of each, at least ${ROUNDS} (the default) for a result that counts
  --quick   tiny sizes and no verdict: shows that the benchmarks run
  --report  where the results go, default docs/performance.md; nowhere with --quick or --only`;

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string' },
      pairs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      report: { type: 'string' },
    },
  });
  const known: readonly string[] = [...new Set(benchmarks.map(({ id }) => id))];
  const only = values.only?.split(',') ?? known;
  const unknown = only.filter((id) => !known.includes(id));
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: known are ${known.join(', ')}`);
  const rounds = Number(values.pairs ?? (values.quick ? ROUNDS_QUICK : ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--pairs: a whole number from 1');
  const usual = values.quick || values.only ? null : join(repositoryDirectory, 'docs/performance.md');
  return { only, rounds, quick: values.quick, reportFile: values.report ?? usual };
}

/** One platform for all that share it, stopped before the first benchmark that brings its own. */
function sharedPlatform(directory: string, signal: AbortSignal) {
  let platform: Platform | undefined;
  return {
    async start(): Promise<Platform> {
      platform ??= await startPlatform({
        directory,
        logsDirectory: join(repositoryDirectory, 'logs', 'bench'),
        portOffset: 'free',
        parts: ['kafka', 'database', 'redis'],
        topics: topicSpecifications(),
        signal,
      });
      return platform;
    },
    async stop(): Promise<void> {
      await platform?.stop();
      platform = undefined;
    },
  };
}

async function runOne(benchmark: Benchmark, bench: Omit<Bench, 'platform'>, platform: Platform | null) {
  bench.log(`${benchmark.id} ${benchmark.title}`);
  const started_ms = performance.now();
  const elapsed_s = () => Math.round((performance.now() - started_ms) / 1_000);
  const whole: Bench = {
    ...bench,
    get platform() {
      if (!platform) throw new Error(`${benchmark.id} does not declare the shared platform`);
      return platform;
    },
  };
  try {
    const measures = await benchmark.run(whole);
    return { benchmark, measures, error: null, elapsed_s: elapsed_s() };
  } catch (error) {
    bench.log(`  ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return { benchmark, measures: [], error: String(error), elapsed_s: elapsed_s() };
  }
}

async function run(options: Options, signal: AbortSignal): Promise<number> {
  const log = (line: string) => console.log(line);
  const directory = mkdtempSync(join(tmpdir(), 'naru-bench-'));
  const shared = sharedPlatform(directory, signal);
  const results: Result[] = [];
  try {
    for (const benchmark of benchmarks) {
      if (!options.only.includes(benchmark.id) || signal.aborted) continue;
      if (benchmark.platform !== 'shared') await shared.stop();
      const platform = benchmark.platform === 'shared' ? await shared.start() : null;
      const result = await runOne(benchmark, { ...options, signal, log }, platform);
      results.push(result);
      resultLines(result, options.quick).forEach(log);
    }
  } finally {
    await shared.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  if (options.reportFile) {
    const text = await format(report(results, machine()), { parser: 'markdown' });
    writeFileSync(options.reportFile, text);
    log(`written to ${options.reportFile}`);
  }
  return results.some(({ error }) => error !== null) || signal.aborted ? 1 : 0;
}

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) return console.log(USAGE);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
  process.exitCode = await run(readOptions(argv), stopping.signal);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
});
