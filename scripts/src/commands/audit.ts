import { audit, formatReport, type AuditSources } from '@naru/audit';

import { describeFlags, parseFlags, UsageError, type Values } from '../arguments';
import { runningDatabaseUrl, runningKafkaBrokers, runningMailWebUrl } from '../platform';
import { databaseName } from '../platform/service-environment';

export const summary = 'checks that a running Naru has lost nothing and done nothing twice';

const DRAIN_S_DEFAULT = 60;
const DRAIN_S_MAX = 24 * 60 * 60;

const flags = {
  directory: { value: 'D', help: 'the directory of the platform' },
  drain: {
    value: 'S',
    help: `seconds to wait until all is published and consumed; default ${DRAIN_S_DEFAULT}`,
  },
  brokers: { value: 'LIST', help: 'host:port,… of another Kafka; needs --database' },
  database: { value: 'URL', help: 'mysql://user:password@host:port that may read every naru_<service>' },
  mail: { value: 'URL', help: 'web address of the mail catcher, with --brokers' },
  json: { help: 'prints the report as JSON' },
} as const;

/** Exit code 0 when no invariant is violated, 1 when one is. */
export async function run(argv: readonly string[]): Promise<number> {
  const values = parseFlags(flags, argv);
  if (values.help) {
    console.log(`Usage: npm run audit -- [flags]\n\n${describeFlags(flags)}`);
    return 0;
  }
  const drain_ms = parseDrain(values.drain) * 1_000;
  const report = await audit(sourcesOf(values), { drain_ms });
  console.log(values.json ? JSON.stringify(report, null, 2) : formatReport(report));
  return report.isGreen ? 0 : 1;
}

function parseDrain(text: string | undefined): number {
  const drain_s = Number(text ?? DRAIN_S_DEFAULT);
  if (text?.trim() === '' || !Number.isInteger(drain_s) || drain_s < 0 || drain_s > DRAIN_S_MAX)
    throw new UsageError(`--drain is "${text}": a whole number of seconds from 0 to ${DRAIN_S_MAX}`);
  return drain_s;
}

function sourcesOf({ directory, brokers, database, mail }: Values<typeof flags>): AuditSources {
  if (brokers === undefined && database === undefined && mail === undefined) return runningSources(directory);
  if (directory !== undefined) throw new UsageError('either --directory, or --brokers and --database');
  if (brokers === undefined || database === undefined)
    throw new UsageError('--brokers and --database go together');
  return { kafkaBrokers: brokers, databaseUrl: databaseUrlsOn(database), mailWebUrl: mail };
}

function databaseUrlsOn(server: string): AuditSources['databaseUrl'] {
  if (!/^mysql:\/\/[^/]/.test(server))
    throw new UsageError(`--database is "${server}": mysql://user:password@host:port`);
  return (service) => Object.assign(new URL(server), { pathname: `/${databaseName(service)}` }).toString();
}

function runningSources(directory: string | undefined): AuditSources {
  return {
    kafkaBrokers: runningKafkaBrokers(directory),
    databaseUrl: (service) => runningDatabaseUrl(service, directory),
    mailWebUrl: runningMailWebUrl(directory),
  };
}
