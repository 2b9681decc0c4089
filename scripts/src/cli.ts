import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { UsageError } from './arguments';
import { PlatformError } from './platform';

/** What a file in commands/ exports. */
export interface Command {
  readonly summary: string;
  /** Answers the exit code. */
  run(argv: readonly string[]): Promise<number>;
}

const directory = join(__dirname, 'commands');
const USAGE_EXIT_CODE = 2;

/** Runs `naru <command> …` and answers the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = argv;
  if (['help', '--help', '-h'].includes(name)) {
    console.log(await overview());
    return 0;
  }
  try {
    return await (await load(name)).run(rest);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`naru ${name}: ${error.message}\n\nTry: node scripts/naru.mjs ${name} --help`);
      return USAGE_EXIT_CODE;
    }
    console.error(error instanceof PlatformError ? `naru ${name}: ${error.message}` : error);
    return 1;
  }
}

async function load(name: string): Promise<Command> {
  const file = join(directory, `${name}.js`);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
    throw new UsageError(`there is no such command\n\n${await overview()}`);
  }
  // Loaded by name, so that a command costs nothing until it is used.
  return (await import(file)) as Command;
}

async function overview(): Promise<string> {
  const names = readdirSync(directory)
    .filter((file) => /^[a-z0-9-]+\.js$/.test(file))
    .map((file) => file.slice(0, -'.js'.length));
  const rows: string[] = [];
  for (const name of names) rows.push(`  ${name.padEnd(14)}${(await load(name)).summary}`);
  return ['Usage: node scripts/naru.mjs <command> [flags]', '', ...rows].join('\n');
}
