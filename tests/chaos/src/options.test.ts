import { services } from '@naru/contracts';
import { nemeses, shortNames } from './nemeses';
import { parseOptions, UsageError, type ChaosOptions } from './options';

const parse = (...argv: string[]) => parseOptions(argv, () => 42) as ChaosOptions;

it('takes a new seed and all faults unless told otherwise', () => {
  const { seed, nemeses: all, unsafe, report } = parse();
  expect(seed).toBe(42);
  expect(all).toBe(nemeses);
  expect(unsafe).toBe(false);
  expect(report).toBe('chaos-report.html');
});

it('takes what it is told', () => {
  const options = parse(
    '--seed',
    '7',
    '--minutes',
    '0.5',
    '--rate',
    '3',
    '--only',
    'leader-kill,poison-flood',
  );
  expect(options).toMatchObject({ seed: 7, minutes: 0.5, rate: 3 });
  expect(options.nemeses.map(({ name }) => name)).toEqual(['leader-kill', 'poison-flood']);
});

it('knows the long scenarios by name only', () => {
  expect(nemeses.map(({ name }) => name)).not.toContain('below-min-isr');
  expect(parse('--only', 'below-min-isr,database-restarts').nemeses).toHaveLength(2);
});

it('has a short form of faults that exist', () => {
  expect(parse('--short').nemeses.map(({ name }) => name)).toEqual(shortNames);
});

it('spreads a run of orders over its time, and kills a broker and each service in turn', () => {
  const { orders, minutes, rate, nemeses: killed } = parse('--orders', '1000');
  expect(orders).toBe(1000);
  expect(rate).toBeCloseTo(1000 / (minutes * 60));
  const names = killed.map(({ name }) => name);
  expect(names).toEqual([
    'leader-kill',
    ...Object.keys(services)
      .filter((name) => name !== 'console')
      .map((name) => `${name}-kill`),
  ]);
});

it('shows help and the list of faults instead of running', () => {
  expect(parse('--help')).toMatch('--seed');
  for (const { name } of nemeses) expect(parse('--list')).toMatch(name);
});

it.each([
  ['--seed', 'x'],
  ['--seed', '-1'],
  ['--minutes', '0'],
  ['--rate', 'fast'],
  ['--only', 'no-such-fault'],
  ['--unsafe', '--short'],
  ['--orders', '5', '--short'],
  ['--orders', 'many'],
  ['--no-such-flag'],
  ['stray'],
])('refuses %s %s', (...argv) => {
  expect(() => parse(...argv)).toThrow(UsageError);
});

it('has faults with names of their own', () => {
  expect(new Set(nemeses.map(({ name }) => name)).size).toBe(nemeses.length);
});
