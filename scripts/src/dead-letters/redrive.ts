import { parseDeadLetterId, REDRIVE_LIMIT_MAX } from '@naru/kernel';
import { redriveSelected, type Connections, type LaneReport } from '@naru/operations';

import { parseCount, UsageError } from '../arguments';
import { parseGroup, parseTopic } from '../connections';
import { table } from './table';

const RATE_MAX = 10_000;

export const redriveFlags = {
  id: { value: 'ID', help: 'the one with this id, or those with this event id' },
  key: { value: 'K', help: 'those of this key' },
  topic: { value: 'T', help: 'those of this topic' },
  group: { value: 'G', help: 'those of this consumer group, or service' },
  all: { help: 'all of them' },
  'dry-run': { help: 'only tell what would be sent' },
  rate: { value: 'N', help: 'at most so many a second; 100 by default' },
  limit: { value: 'N', help: 'at most so many in this run; 1000 by default' },
} as const;

interface RedriveValues {
  readonly id?: string;
  readonly key?: string;
  readonly topic?: string;
  readonly group?: string;
  readonly all?: boolean;
  readonly 'dry-run'?: boolean;
  readonly rate?: string;
  readonly limit?: string;
}

/** Exit code 1 says that nothing was found, or that some that were asked for are not sent. */
export async function redriveLetters(
  connections: Connections,
  values: RedriveValues,
  signal: AbortSignal,
): Promise<number> {
  const { id, key, all, 'dry-run': dryRun = false } = values;
  const named = parseDeadLetterId(id ?? '');
  const topic = parseTopic(values.topic ?? named?.topic);
  const group = parseGroup(values.group ?? named?.group);
  const isSelected = [id, key, topic, group].some((value) => value !== undefined);
  if (isSelected === (all === true))
    throw new UsageError('either --all, or some of --id, --key, --topic, --group');
  const ratePerSecond = parseCount('rate', values.rate, RATE_MAX);
  const limit = parseCount('limit', values.limit, REDRIVE_LIMIT_MAX);
  const reports: LaneReport[] = [];
  const options = { dryRun, ratePerSecond, limit };
  for await (const report of redriveSelected(connections, { id, key, topic, group }, options, signal)) {
    print(report, dryRun);
    reports.push(report);
  }
  return summarize(reports, dryRun);
}

function sum(reports: readonly LaneReport[], of: (report: LaneReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

function print({ redriven, refused, outOfTurn }: LaneReport, dryRun: boolean) {
  const rows = [
    ...redriven.map(({ id, eventId, key }) => [dryRun ? 'would send' : 'sent', id, eventId ?? '', key ?? '']),
    ...refused.map(({ id, redrives }) => ['refused', id, `quarantined after ${redrives} redrives`]),
    ...outOfTurn.map(({ letter, earlier }) => ['refused', letter.id, `its key waits for ${earlier}`]),
  ];
  if (rows.length > 0) console.log(table(rows));
}

function summarize(reports: readonly LaneReport[], dryRun: boolean): number {
  const redriven = sum(reports, (report) => report.redriven.length);
  const refused = sum(reports, (report) => report.refused.length + report.outOfTurn.length);
  const already = sum(reports, (report) => report.already);
  const isCutShort = reports.some((report) => report.isCutShort);
  console.log(
    `${redriven} ${dryRun ? 'would be sent' : 'sent'}, ${refused} refused, ${already} were sent before` +
      (isCutShort ? '; the limit ended the run, there are more' : ''),
  );
  return refused > 0 || redriven + already === 0 ? 1 : 0;
}
