import { services, type ServiceName } from '@naru/contracts';
import { join } from 'node:path';

import { repositoryDirectory } from '../platform';
import { runCommand } from '../platform/fetch/run-command';

export const UMBRELLA = 'naru';

/** The charts that can be installed: one a service, and the umbrella over them. */
export const chartNames: readonly string[] = [...(Object.keys(services) as ServiceName[]), UMBRELLA];

export function chartDirectory(chart: string, root = repositoryDirectory): string {
  return join(root, 'charts', chart);
}

/**
 * Puts into each chart what it is made of, all from this repository: the library into the services' charts, and those
 * into the umbrella, which therefore comes last.
 * @param helm the program
 */
export async function buildCharts(helm: string, root = repositoryDirectory): Promise<void> {
  for (const chart of chartNames)
    await runCommand(helm, ['dependency', 'update', '--skip-refresh', chartDirectory(chart, root)]);
}
