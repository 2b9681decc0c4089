import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { PlatformError } from '../errors';

const COMMAND_TIMEOUT_MS = 10 * 60_000;
const OUTPUT_KEPT_CHARACTERS = 4_000;

export interface RunOptions {
  readonly workingDirectory?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Written to the standard input. */
  readonly input?: string;
  /** What to do when it fails. Default: a hint for downloads. */
  readonly fix?: string;
}

/** Runs a program to its end and answers what it printed; throws COMMAND_FAILED with the end of its output. */
export async function runCommand(
  command: string,
  parameters: string[],
  options: RunOptions = {},
): Promise<string> {
  const child = spawn(command, parameters, {
    cwd: options.workingDirectory,
    env: options.environment ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: COMMAND_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  // Whoever gives up on the platform does not want its downloads to go on.
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  let output = '';
  const collect = (chunk: Buffer): void => void (output += chunk.toString('utf8'));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  })
    .catch((cause: unknown) => {
      throw new PlatformError('TOOL_MISSING', `${command} cannot be run`, `install ${command}`, { cause });
    })
    .finally(() => process.off('exit', abandon));
  if (code !== 0) {
    const end = output.trimEnd().slice(-OUTPUT_KEPT_CHARACTERS);
    throw new PlatformError(
      'COMMAND_FAILED',
      `${command} ${parameters.join(' ')} ended with ${code}:\n${end}`,
      options.fix ?? 'what it printed says why; a download needs a way to its registry',
    );
  }
  return output;
}

/** The full path of a program on PATH. */
export function findOnPath(command: string): string | undefined {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const file = join(directory, command);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}
