import {
  describeFlags,
  parseCount,
  parseFlags,
  parseFlagsAndWords,
  parsePortOffset,
  UsageError,
} from './arguments';
import { parseSelection } from './selection';

const flags = { directory: { value: 'D', help: 'where' }, yes: { help: 'does not ask' } } as const;

describe('flags', () => {
  it('reads values, switches and --help', () => {
    expect(parseFlags(flags, ['--directory', 'x', '--yes'])).toEqual({ directory: 'x', yes: true });
    expect(parseFlags(flags, ['-h'])).toEqual({ help: true });
    expect(parseFlags(flags, [])).toEqual({});
  });

  it.each([[['--bogus']], [['stray']], [['--directory']], [['--yes=1']]])(
    'refuses %j and shows the usage',
    (argv) => {
      expect(() => parseFlags(flags, argv)).toThrow(UsageError);
      expect(() => parseFlags(flags, argv)).toThrow(describeFlags(flags));
    },
  );
});

describe('words besides flags', () => {
  it('are given in their order', () => {
    const { values, words } = parseFlagsAndWords(flags, ['a', '--directory', 'x', 'b'], 2);
    expect(values).toEqual({ directory: 'x' });
    expect(words).toEqual(['a', 'b']);
  });

  it('are refused beyond their number', () => {
    expect(() => parseFlagsAndWords(flags, ['a', 'b'], 1)).toThrow('"b" is one word too many');
  });
});

describe('a count', () => {
  it('is a whole number within its limit, or not given', () => {
    expect(parseCount('rate', '12', 12)).toBe(12);
    expect(parseCount('rate', undefined, 12)).toBeUndefined();
  });

  it.each(['0', '13', '1.5', 'x', ''])('refuses "%s"', (text) => {
    expect(() => parseCount('rate', text, 12)).toThrow(UsageError);
  });
});

describe('the port offset', () => {
  it.each([
    [undefined, 0],
    ['0', 0],
    ['300', 300],
  ])('%s is %i', (text, offset) => expect(parsePortOffset(text)).toBe(offset));

  it.each(['-1', '1.5', 'x', '', ' ', '99999'])('refuses "%s"', (text) => {
    expect(() => parsePortOffset(text)).toThrow(UsageError);
  });
});

describe('--only', () => {
  it('selects parts and services by name', () => {
    expect(parseSelection('kafka, user')).toEqual({ parts: ['kafka'], services: ['user'] });
  });

  it('selects everything when it is not given', () => {
    const { parts, services } = parseSelection(undefined);
    expect(parts).toEqual(['kafka', 'database', 'redis', 'mail']);
    expect(services).toContain('gateway');
  });

  it('names what it does not know', () => {
    expect(() => parseSelection('kafka,zookeeper')).toThrow('zookeeper');
  });
});
