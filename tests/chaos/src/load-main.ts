import { parseArgs } from 'node:util';
import { createLoad, type Mix } from './load';
import { quantile } from './quantile';
import { createRandom } from './random';

const AUTHORS = 10;
/** A burst is not to wait for its authors. */
const BURST_AUTHORS = 1;
const RATE_MAX = 2_000;
const SECONDS_MAX = 24 * 60 * 60;
const USAGE_EXIT_CODE = 2;
const mixes: Readonly<Record<string, Mix>> = {
  everything: { 'sign-up': 20, board: 25, rename: 10, order: 20, read: 25 },
  'sign-ups': { 'sign-up': 100, board: 0, rename: 0, order: 0, read: 0 },
  orders: { 'sign-up': 0, board: 0, rename: 0, order: 100, read: 0 },
};

const usage = `Usage: npm run load -- [flags]

Sends requests to a Naru that runs: one that npm start has started, or one on Kubernetes behind port-forwards.

  --rate R       requests a second (default 20)
  --seconds S    for how long (default 60)
  --only KIND    nothing but sign-ups, or orders
  --gateway URL  default http://127.0.0.1:8000
  --point URL    default http://127.0.0.1:8086, and
  --product URL  default http://127.0.0.1:8083: directly, to make authors who can pay, and products
  --help`;

/** The command line is not understood. */
class UsageError extends Error {}

/** Exit code 1 when an answer was a failure that is not the client's. */
async function main(argv: readonly string[]): Promise<number> {
  const values = read(argv);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const rate = wholeNumber('rate', values.rate, RATE_MAX);
  const seconds = wholeNumber('seconds', values.seconds, SECONDS_MAX);
  const mix = mixes[values.only];
  if (!mix) throw new UsageError(`--only is "${values.only}": sign-ups or orders`);
  const latencies_ms: number[] = [];
  const outcomes = new Map<string, number>();
  const load = createLoad({
    gatewayUrl: values.gateway,
    pointUrl: values.point,
    productUrl: values.product,
    random: createRandom(Date.now()),
    label: `load-${Date.now().toString(36)}`,
    mix,
    onAnswer({ outcome, latency_ms }) {
      latencies_ms.push(latency_ms);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    },
  });
  await load.setUp(values.only === 'everything' ? AUTHORS : BURST_AUTHORS);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
  // Not AbortSignal.any with AbortSignal.timeout: node may collect that timer as garbage (nodejs/node#57736).
  const end = setTimeout(() => stopping.abort(), seconds * 1_000);
  const { sent, heldBack } = await load.run(rate, stopping.signal);
  clearTimeout(end);
  const told = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  const at = (share: number) => quantile(latencies_ms, share)?.toFixed(0) ?? '?';
  console.log(`${sent} sent, ${heldBack} held back: ${told}; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  return (outcomes.get('unknown') ?? 0) > 0 ? 1 : 0;
}

function read(argv: readonly string[]) {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  try {
    return parseArgs({
      args: [...argv],
      options: {
        rate: text('20'),
        seconds: text('60'),
        only: text('everything'),
        gateway: text('http://127.0.0.1:8000'),
        point: text('http://127.0.0.1:8086'),
        product: text('http://127.0.0.1:8083'),
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}

function wholeNumber(name: string, text: string, max: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new UsageError(`--${name} is "${text}": a whole number from 1 to ${max}`);
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = error instanceof UsageError ? USAGE_EXIT_CODE : 1;
  },
);
