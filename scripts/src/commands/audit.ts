import { audit, formatReport, parseHistory, type Command } from '@naru/audit';
import { readFileSync } from 'node:fs';

import { describeFlags, parseFlags, UsageError } from '../arguments';
import { sourceFlags, sourcesOf } from '../sources';

export const summary = 'checks that a running Naru has lost nothing and done nothing twice';

const DRAIN_S_DEFAULT = 60;
const DRAIN_S_MAX = 24 * 60 * 60;

const flags = {
  ...sourceFlags,
  mail: { value: 'URL', help: 'web address of the mail catcher, with --brokers; or MAIL_WEB_URL' },
  drain: {
    value: 'S',
    help: `seconds to wait until all is published and consumed; default ${DRAIN_S_DEFAULT}`,
  },
  history: {
    value: 'FILE',
    help: 'what clients did, as a JSON array of commands (services/audit/README.md); - for stdin',
  },
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
  const history = values.history === undefined ? undefined : readHistory(values.history);
  const { kafka, databaseUrl, mailWebUrl, schemaRegistryUrl } = sourcesOf(values);
  const sources = {
    kafka: kafka(),
    databaseUrl,
    mailWebUrl: mailWebUrl(),
    schemaRegistryUrl: schemaRegistryUrl(),
  };
  const report = await audit(sources, { drain_ms, history });
  console.log(values.json ? JSON.stringify(report, null, 2) : formatReport(report));
  return report.isGreen ? 0 : 1;
}

const STDIN = 0;

function readHistory(file: string): Command[] {
  try {
    return parseHistory(readFileSync(file === '-' ? STDIN : file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--history: ${(error as Error).message}`);
  }
}

function parseDrain(text: string | undefined): number {
  const drain_s = Number(text ?? DRAIN_S_DEFAULT);
  if (text?.trim() === '' || !Number.isInteger(drain_s) || drain_s < 0 || drain_s > DRAIN_S_MAX)
    throw new UsageError(`--drain is "${text}": a whole number of seconds from 0 to ${DRAIN_S_MAX}`);
  return drain_s;
}
