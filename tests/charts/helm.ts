import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { chartDirectory } from '../../scripts/src/kubernetes/charts';
import { parseResources, type Resource } from './resources';

const run = promisify(execFile);
/** The oldest that the charts are for; no template asks for the version. */
const KUBERNETES_VERSION = '1.30';
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** Values by path, such as `global.keda.enabled`: set over those of the chart. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** What helm says is wrong with a chart or with values. */
export class HelmError extends Error {}

/**
 * The resources of a chart, `helm test`'s included.
 * @param chart a name in charts/, or a path from the root
 * @throws HelmError
 */
export async function render(chart: string, values: Values = {}): Promise<Resource[]> {
  const output = await helm([
    ...['template', 'naru', directoryOf(chart), '--namespace', 'naru', '--kube-version', KUBERNETES_VERSION],
    ...flagsOf(values),
  ]);
  return parseResources(output);
}

/** @throws HelmError */
export async function lint(chart: string, values: Values = {}): Promise<string> {
  return helm([
    'lint',
    '--strict',
    '--kube-version',
    KUBERNETES_VERSION,
    directoryOf(chart),
    ...flagsOf(values),
  ]);
}

function directoryOf(chart: string): string {
  return chart.includes('/') ? join(__dirname, '../..', chart) : chartDirectory(chart);
}

function flagsOf(values: Values): string[] {
  return Object.entries(values).flatMap(([path, value]) => [
    '--set-json',
    `${path}=${JSON.stringify(value)}`,
  ]);
}

async function helm(parameters: string[]): Promise<string> {
  const program = process.env['NARU_HELM'];
  if (!program) throw new Error('run by `npm run test:charts`, which sees to helm');
  try {
    const { stdout } = await run(program, parameters, { maxBuffer: OUTPUT_BYTES_MAX });
    return stdout;
  } catch (error) {
    throw new HelmError((error as { stderr: string }).stderr, { cause: error });
  }
}
