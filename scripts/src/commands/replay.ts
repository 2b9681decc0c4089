import { resolve } from 'node:path';

import { describeFlags, parseCount, parseFlags, UsageError } from '../arguments';
import { withConnections } from '../connections';
import { PlatformError, repositoryDirectory, runningDatabaseRootUrl, runningJwtKeysFile } from '../platform';
import { formatReplay } from '../replay/report';
import { runReplay } from '../replay/run';
import { parseSelection } from '../replay/window';
import { parseServiceSettings } from '../service-settings';
import { sourcesOf } from '../sources';
import { StopSignals } from '../stop-signals';

export const summary = 'runs past records through this code and tells what differs from what was done';

const COULD_NOT_BE_RUN = 2;
const LIMIT_DEFAULT = 100_000;
const LIMIT_MAX = 1_000_000;

const flags = {
  topic: {
    value: 'T',
    help: 'records of this topic, and what belongs to the same orders, users or products',
  },
  order: { value: 'ID', help: "one order's records" },
  from: { value: 'WHEN', help: 'an offset of --topic, or a time such as 2026-11-26T10:00:00Z; default: all' },
  to: { value: 'WHEN', help: 'likewise, up to it; default: now' },
  service: { value: 'A,B', help: 'only these of the services that handle it' },
  code: { value: 'DIR', help: 'the checkout, compiled, that holds the code; default: this one' },
  env: { value: 'LIST', help: 'service.NAME=value,…: settings that the services have besides' },
  limit: { value: 'N', help: `records of one partition that are read at most; default ${LIMIT_DEFAULT}` },
  json: { help: 'prints the report as JSON' },
  directory: { value: 'D', help: 'the directory of the platform' },
} as const;

/** Exit code 0: no difference; 1: differences; 2: it could not be run. */
export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm run replay -- [--topic T | --order ID] [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  const selection = parseSelection(values);
  const settings = parseServiceSettings(values.env);
  const limit = parseCount('limit', values.limit, LIMIT_MAX) ?? LIMIT_DEFAULT;
  const { directory } = values;
  const stop = new StopSignals();
  try {
    const replaySources = {
      rootUrl: runningDatabaseRootUrl(directory),
      jwtKeysFile: runningJwtKeysFile(directory),
      code: resolve(values.code ?? repositoryDirectory),
      settings,
      limit,
      signal: stop.first,
      onProgress: (service: string) => console.error(`replaying ${service} …`),
    };
    const report = await withConnections(
      sourcesOf(directory === undefined ? {} : { directory }, {}),
      (connections) => runReplay(selection, { ...replaySources, connections }),
      'replay',
    );
    console.log(values.json ? JSON.stringify(report, null, 2) : formatReplay(report));
    return report.isSame ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isForPeople = error instanceof PlatformError || (error as Error).name === 'ReplayError';
    console.error(isForPeople ? `naru replay: ${(error as Error).message}` : error);
    return COULD_NOT_BE_RUN;
  } finally {
    stop.close();
  }
}
