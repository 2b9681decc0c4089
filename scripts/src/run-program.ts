import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { repositoryDirectory } from './platform';

/** Runs a compiled program of the repository as a child, which hears Ctrl-C itself. @returns its exit code */
export async function runProgram(
  file: string,
  argv: readonly string[],
  environment = process.env,
): Promise<number> {
  const child = spawn(process.execPath, [join(repositoryDirectory, file), ...argv], {
    stdio: 'inherit',
    env: environment,
  });
  const ignore = () => undefined;
  const forward = () => child.kill('SIGTERM');
  process.on('SIGINT', ignore).on('SIGTERM', forward);
  try {
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    return exitCode ?? 1;
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', forward);
  }
}
