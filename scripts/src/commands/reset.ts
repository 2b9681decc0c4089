import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { describeFlags, parseFlags } from '../arguments';
import { confirmed } from '../confirmed';
import { PlatformError, platformPaths, runningPlatform, type PlatformPaths } from '../platform';

export const summary = 'deletes data, secrets and logs of the local platform';

const flags = {
  directory: { value: 'D', help: 'the directory of the platform' },
  yes: { help: 'does not ask' },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm run reset -- [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  const paths = platformPaths(values.directory);
  const running = runningPlatform(paths);
  if (running) {
    throw new PlatformError(
      'ALREADY_RUNNING',
      `Naru is running (pid ${running.owner.pid})`,
      'npm run stop first',
    );
  }
  const doomed = deletable(paths);
  if (doomed.length === 0) {
    console.log(`there is nothing to delete in ${paths.directory}`);
    return 0;
  }
  console.log(`to be deleted:\n${doomed.map((path) => `  ${path}`).join('\n')}`);
  if (!values.yes && !(await confirmed('delete all this?'))) return 1;
  for (const path of doomed) rmSync(path, { recursive: true, force: true });
  console.log('deleted; npm start begins afresh');
  return 0;
}

/** Only what a platform made, and only where one has been: a mistyped directory must lose nothing. */
function deletable(paths: PlatformPaths): string[] {
  if (!existsSync(join(paths.secrets, 'secrets.json'))) return [];
  const logs = existsSync(paths.logs) ? readdirSync(paths.logs) : [];
  const ofPlatform = logs.filter((name) => name === 'platform' || name.endsWith('-service'));
  return [
    paths.data,
    ...ofPlatform.map((name) => join(paths.logs, name)),
    paths.stateFile,
    paths.secrets,
  ].filter((path) => existsSync(path));
}
