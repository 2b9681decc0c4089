import { describeFlags, parseFlags, parsePortOffset } from '../arguments';
import { explain, planOf } from '../findings';
import { platformPaths, runningPlatform } from '../platform';
import { checkHealth } from '../platform/health-checks';
import { selectionOf } from '../selection';

export const summary = 'checks what a start needs, and says how to mend what is wrong';

const flags = {
  'port-offset': { value: 'N', help: 'checks the ports with this offset' },
  directory: { value: 'D', help: 'checks a platform in this directory' },
  only: { value: 'a,b', help: 'checks only what these parts and services need' },
  observe: { help: 'checks what Prometheus needs too' },
  avro: { help: 'checks what the schema registry needs too' },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm run doctor -- [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  const paths = platformPaths(values.directory);
  const running = runningPlatform(paths);
  if (running) {
    console.log(`Naru is running on ${paths.directory} (pid ${running.owner.pid}); npm run status shows it.`);
    return 0;
  }
  const plan = planOf(selectionOf(values), parsePortOffset(values['port-offset']));
  const findings = await checkHealth(plan, paths.directory);
  console.log(explain(findings));
  return findings.some((finding) => finding.level === 'problem') ? 1 : 0;
}
