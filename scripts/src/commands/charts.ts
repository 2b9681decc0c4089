import { parseFlags } from '../arguments';
import { buildCharts, chartNames } from '../kubernetes/charts';

export const summary = 'puts the charts together, so that helm can install them';

/** Needs helm on PATH, and nothing else. */
export async function run(argv: readonly string[]): Promise<number> {
  if (parseFlags({}, argv).help) {
    console.log('Usage: npm run charts');
    return 0;
  }
  await buildCharts('helm');
  console.log(`${chartNames.length} charts are complete`);
  return 0;
}
