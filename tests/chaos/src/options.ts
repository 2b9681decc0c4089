import { parseArgs } from 'node:util';
import { nemeses, orderNemeses, scenarios, shortNames, unsafeNemeses } from './nemeses';
import type { Mix } from './load';
import type { Nemesis } from './nemesis';

const SEED_MAX = 2 ** 31 - 1;
const MINUTES_MAX = 24 * 60;
const RATE_MAX = 5_000;
const ORDERS_MAX = 100_000;
const ORDERS_MINUTES = 3;

const usualMix: Mix = { 'sign-up': 10, board: 30, rename: 15, order: 20, read: 25 };
/** Events, and few passwords. */
const unsafeMix: Mix = { 'sign-up': 2, board: 58, rename: 38, order: 0, read: 2 };
const ordersMix: Mix = { 'sign-up': 0, board: 0, rename: 0, order: 100, read: 0 };

export interface ChaosOptions {
  readonly seed: number;
  /** How long faults are begun. */
  readonly minutes: number;
  /** Requests a second. */
  readonly rate: number;
  readonly mix: Mix;
  readonly nemeses: readonly Nemesis[];
  readonly unsafe: boolean;
  /** So many orders and nothing else; otherwise a mix of everything until the faults are over. */
  readonly orders: number | undefined;
  readonly report: string;
  /** Leaves data and logs where they are. */
  readonly keep: boolean;
}

export const usage = `Usage: npm run chaos -- [flags]

  --seed N       decides order, targets and contents; printed, so that a run can be repeated (default: the time)
  --minutes M    how long faults are begun; what is needed to start, heal, drain and audit comes on top (default 5)
  --rate R       requests a second (default 30; 15 with --short, 20 with --unsafe; evenly over the time with --orders)
  --only A,B     only these faults
  --short        a few faults that together touch every part, 2 minutes
  --orders N     N orders and nothing else, by 32 clients, while a broker and each service in turn is killed, 3 minutes
  --unsafe       send as most users of kafkajs do, and expect the audit to find what is lost, 1 minute
  --report FILE  default: chaos-report.html
  --keep         keep data and logs, and say where they are
  --list         list the faults
  --help

A minute below min ISR:                       npm run chaos -- --only below-min-isr --minutes 1
The database restarted every few seconds:     npm run chaos -- --only database-restarts --minutes 2`;

/** The command line is not understood. */
export class UsageError extends Error {}

/** @returns the options, or a text to be shown instead of a run @throws UsageError */
export function parseOptions(argv: readonly string[], newSeed: () => number): ChaosOptions | string {
  const values = read(argv);
  if (values.help) return usage;
  if (values.list) return listed();
  const isShort = values.short ?? false;
  const unsafe = values.unsafe ?? false;
  if (unsafe && (isShort || values.only !== undefined))
    throw new UsageError('--unsafe has a fault of its own');
  if (values.orders !== undefined && (isShort || unsafe))
    throw new UsageError('--orders is a run of its own');
  const orders =
    values.orders === undefined ? undefined : wholeNumber('orders', values.orders, 0, ORDERS_MAX, 1);
  const minutes = positive(
    'minutes',
    values.minutes,
    isShort ? 2 : unsafe ? 1 : orders ? ORDERS_MINUTES : 5,
    MINUTES_MAX,
  );
  const rate = isShort ? 15 : unsafe ? 20 : orders ? orders / (minutes * 60) : 30;
  return {
    seed: wholeNumber('seed', values.seed, newSeed() % SEED_MAX, SEED_MAX),
    minutes,
    rate: positive('rate', values.rate, rate, RATE_MAX),
    mix: unsafe ? unsafeMix : orders ? ordersMix : usualMix,
    nemeses: unsafe ? unsafeNemeses : chosen(values.only, isShort, orders ? orderNemeses : nemeses),
    unsafe,
    orders,
    report: values.report ?? 'chaos-report.html',
    keep: values.keep ?? false,
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string' },
        minutes: { type: 'string' },
        rate: { type: 'string' },
        only: { type: 'string' },
        orders: { type: 'string' },
        report: { type: 'string' },
        short: { type: 'boolean' },
        unsafe: { type: 'boolean' },
        keep: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function chosen(
  only: string | undefined,
  isShort: boolean,
  otherwise: readonly Nemesis[],
): readonly Nemesis[] {
  const names = only?.split(',') ?? (isShort ? shortNames : undefined);
  if (!names) return otherwise;
  const known = [...nemeses, ...onlyWhenNamed];
  return names.map((name) => {
    const found = known.find((nemesis) => nemesis.name === name);
    if (!found) throw new UsageError(`there is no fault "${name}"; --list names them`);
    return found;
  });
}

const onlyWhenNamed = [
  ...scenarios,
  ...unsafeNemeses,
  ...orderNemeses.filter((one) => !nemeses.includes(one)),
];

function listed(): string {
  const line = ({ name, does }: Nemesis) => `  ${name.padEnd(36)}${does}`;
  return [...nemeses.map(line), '', 'Only when named:', ...onlyWhenNamed.map(line)].join('\n');
}

function positive(flag: string, text: string | undefined, otherwise: number, max: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0 && value <= max))
    throw new UsageError(`--${flag} is "${text ?? ''}": above 0, at most ${max}`);
  return value;
}

function wholeNumber(
  flag: string,
  text: string | undefined,
  otherwise: number,
  max: number,
  min = 0,
): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < min || value > max || text?.trim() === '')
    throw new UsageError(`--${flag} is "${text ?? ''}": a whole number from ${min} to ${max}`);
  return value;
}
