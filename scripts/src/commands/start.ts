import { topicSpecifications } from '@naru/contracts';

import { describeFlags, parseFlags, parsePortOffset } from '../arguments';
import { explain, planOf } from '../findings';
import { PlatformError, platformPaths, runningPlatform, startPlatform, type Platform } from '../platform';
import { checkHealth } from '../platform/health-checks';
import { ProgressPrinter } from '../progress-printer';
import { selectionOf } from '../selection';
import { parseOtlpEndpoint, parseServiceSettings } from '../service-settings';
import { StopSignals } from '../stop-signals';
import { welcome } from '../welcome';

export const summary = 'starts Kafka, database, Redis, mail catcher and services, and stays until Ctrl-C';

const flags = {
  'port-offset': { value: 'N', help: 'added to every port, so that several platforms run side by side' },
  directory: { value: 'D', help: 'holds data, secrets and logs (default: .naru and logs of the repository)' },
  only: { value: 'a,b', help: 'starts only these parts and services' },
  observe: { help: 'starts Prometheus too, which scrapes every instance and judges the alerts' },
  avro: { help: 'starts the schema registry too, and has every service write its events as Avro' },
  env: {
    value: 'S.NAME=V,…',
    help: 'variables of single services, such as notification.NOTIFICATION_FAIL_PREFIX=',
  },
  otlp: {
    value: 'URL',
    help: 'sends the traces of all services there by OTLP over HTTP, such as http://127.0.0.1:4318',
  },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm start -- [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  const selection = selectionOf(values);
  const portOffset = parsePortOffset(values['port-offset']);
  const serviceEnv = { '*': parseOtlpEndpoint(values.otlp), ...parseServiceSettings(values.env) };
  await refuseIfUnfit(values.directory, planOf(selection, portOffset));
  const signals = new StopSignals();
  const printer = new ProgressPrinter();
  try {
    const platform = await startPlatform({
      directory: values.directory,
      portOffset,
      ...selection,
      encoding: values.avro ? 'avro' : 'json',
      serviceEnv,
      topics: topicSpecifications(),
      supervise: true,
      onProgress: printer.print,
      signal: signals.first,
    });
    console.log(welcome(platform, selection));
    return await untilStopped(platform, signals);
  } catch (error) {
    if (signals.first.aborted && error instanceof PlatformError && error.code === 'ABORTED') return 0;
    throw error;
  } finally {
    printer.close();
    signals.close();
  }
}

async function untilStopped(platform: Platform, signals: StopSignals): Promise<number> {
  await signals.untilFirst();
  console.log('\nstopping; once more Ctrl-C kills everything at once');
  signals.onSecond(() => void platform.killAll());
  await platform.stop();
  console.log('everything has stopped; the data stays, npm run reset deletes it');
  return 0;
}

async function refuseIfUnfit(
  directory: string | undefined,
  plan: Parameters<typeof checkHealth>[0],
): Promise<void> {
  const paths = platformPaths(directory);
  const running = runningPlatform(paths);
  if (running) {
    const message = `Naru is already running on ${paths.directory} (pid ${running.owner.pid})`;
    throw new PlatformError('ALREADY_RUNNING', message, 'npm run status shows it, npm run stop ends it');
  }
  const findings = await checkHealth(plan, paths.directory);
  const worrying = findings.filter((finding) => finding.level !== 'fine');
  if (worrying.length > 0) console.error(explain(worrying));
  if (worrying.some((finding) => finding.level === 'problem')) {
    throw new PlatformError('NOT_READY', 'nothing was started, because of the problems above');
  }
}
