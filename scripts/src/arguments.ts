import { parseArgs } from 'node:util';

/** The command line is not understood; the message is meant for the person who typed it. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export interface Flag {
  readonly help: string;
  /** Names the value; a flag without one is a switch. */
  readonly value?: string;
}

export type Flags = Readonly<Record<string, Flag>>;
export type Values<F extends Flags> = { [K in keyof F]?: F[K] extends { value: string } ? string : boolean };

/** Reads flags; unknown ones and stray words are a UsageError. `--help` is known everywhere. */
export function parseFlags<F extends Flags>(
  flags: F,
  argv: readonly string[],
): Values<F> & { help?: boolean } {
  return parseFlagsAndWords(flags, argv, 0).values;
}

/** Reads flags, and at most so many words that are none. @throws UsageError as `parseFlags` does */
export function parseFlagsAndWords<F extends Flags>(
  flags: F,
  argv: readonly string[],
  wordsMax: number,
): { values: Values<F> & { help?: boolean }; words: readonly string[] } {
  const known = Object.entries(flags).map(
    ([name, flag]) => [name, { type: flag.value ? 'string' : 'boolean' }] as const,
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...Object.fromEntries(known), help: { type: 'boolean', short: 'h' } },
      strict: true,
      allowPositionals: wordsMax > 0,
    });
    const [surplus] = positionals.slice(wordsMax);
    if (surplus !== undefined) throw new Error(`"${surplus}" is one word too many`);
    return { values: { ...values } as Values<F> & { help?: boolean }, words: positionals };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${describeFlags(flags)}`);
  }
}

/** A positive whole number as typed, or undefined when there is none. */
export function parseCount(name: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (text.trim() === '' || !Number.isInteger(count) || count < 1 || count > max)
    throw new UsageError(`--${name} is "${text}": a whole number from 1 to ${max}`);
  return count;
}

/** The lines of help for a command. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries({ ...flags, help: { help: 'show this' } }).map(
    ([name, flag]: [string, Flag]) => ({
      left: `--${name}${flag.value ? ` ${flag.value}` : ''}`,
      right: flag.help,
    }),
  );
  const width = Math.max(...rows.map((row) => row.left.length));
  return rows.map((row) => `  ${row.left.padEnd(width)}  ${row.right}`).join('\n');
}

const PORT_OFFSET_MAX = 20_000;

/** A port offset as typed; 0 when there is none. */
export function parsePortOffset(text: string | undefined): number {
  const offset = Number(text ?? 0);
  if (text?.trim() === '' || !Number.isInteger(offset) || offset < 0 || offset > PORT_OFFSET_MAX) {
    throw new UsageError(`--port-offset is "${text}": a whole number from 0 to ${PORT_OFFSET_MAX}`);
  }
  return offset;
}
