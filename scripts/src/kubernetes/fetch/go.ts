import { mkdir } from 'node:fs/promises';

import { PlatformError } from '../../platform/errors';
import { findOnPath, runCommand } from '../../platform/fetch/run-command';

/** Builds a program from its module into a directory. */
export async function goInstall(directory: string, program: string, linkerFlags = ''): Promise<void> {
  await mkdir(directory, { recursive: true });
  const environment = { ...process.env, GOBIN: directory, CGO_ENABLED: '0' };
  await runCommand(goProgram(), ['install', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`, program], {
    environment,
  });
}

/** The directory of a module's sources, fetched into Go's own cache unless they are there. */
export async function goModule(module: string, version: string): Promise<string> {
  const output = await runCommand(goProgram(), ['mod', 'download', '-json', `${module}@v${version}`]);
  return (JSON.parse(output.slice(output.indexOf('{'))) as { Dir: string }).Dir;
}

function goProgram(): string {
  const go = findOnPath('go');
  if (go) return go;
  throw new PlatformError('TOOL_MISSING', 'Go fetches the tools of Kubernetes and is missing', 'install go');
}
