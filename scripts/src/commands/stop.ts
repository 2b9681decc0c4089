import { describeFlags, parseFlags } from '../arguments';
import { platformPaths, runningPlatform, waitUntil } from '../platform';
import { isRunning } from '../platform/process/identity';

export const summary = 'stops a platform that was started elsewhere';

const flags = { directory: { value: 'D', help: 'the directory of the platform' } } as const;
// Services may drain for 30 s, the rest for 30 s, brokers for 15 s.
const STOP_TIMEOUT_MS = 90_000;

export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm run stop -- [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  const paths = platformPaths(values.directory);
  const state = runningPlatform(paths);
  if (!state) {
    console.log(`no platform is running on ${paths.directory}`);
    return 0;
  }
  const { owner } = state;
  const gone = (): boolean => !isRunning(owner);
  console.log(`stopping the platform on ${paths.directory} (pid ${owner.pid})`);
  process.kill(owner.pid, 'SIGTERM');
  try {
    await waitUntil({ what: `the end of pid ${owner.pid}`, timeoutMs: STOP_TIMEOUT_MS }, gone);
    console.log('everything has stopped; the data stays');
  } catch (error) {
    console.error(`${(error as Error).message}; killing it, and its warden the rest`);
    if (!gone()) process.kill(owner.pid, 'SIGKILL');
  }
  return 0;
}
