import { describeFlags, parseFlags } from '../arguments';
import { platformPaths, runningPlatform, type RecordedPart } from '../platform';
import { isPortFree } from '../platform/port-probe';
import { isRunning } from '../platform/process/identity';
import { residentBytesOf } from '../platform/process/resident-memory';

export const summary = 'shows the parts of the running platform';

const flags = { directory: { value: 'D', help: 'the directory of the platform' } } as const;
const MIB = 1024 * 1024;

export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm run status -- [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  const paths = platformPaths(values.directory);
  const state = runningPlatform(paths);
  if (!state) {
    console.log(`no platform is running on ${paths.directory}; npm start starts one`);
    return 1;
  }
  console.log(`running on ${paths.directory}, pid ${state.owner.pid}, port offset ${state.portOffset}\n`);
  const rows = await Promise.all(state.parts.map(rowOf));
  for (const row of [['part', 'pid', 'port', 'state', 'MB', 'log'], ...rows]) console.log(aligned(row));
  return 0;
}

async function rowOf({ name, port, logFile, process }: RecordedPart): Promise<string[]> {
  const running = process !== undefined && isRunning(process);
  const state = running ? ((await isPortFree(port)) ? 'starting' : 'up') : 'down';
  const memory = running ? String(Math.round(residentBytesOf(process.pid) / MIB)) : '';
  return [name, running ? String(process.pid) : '', String(port), state, memory, logFile];
}

const COLUMN_WIDTHS = [16, 9, 7, 10, 6, 0];

function aligned(cells: readonly string[]): string {
  return cells.map((cell, index) => cell.padEnd(COLUMN_WIDTHS[index] ?? 0)).join('');
}
