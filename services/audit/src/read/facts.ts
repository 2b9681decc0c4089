import { consumerGroup } from '@naru/contracts';
import type { Facts, ServiceFacts } from '../facts';
import { readCommerce } from './commerce-tables';
import { readCommunity } from './community-tables';
import { partitionsOf, readCommitted } from './groups';
import { readOutbox, readParked, readProgress, readReceived } from './kernel-tables';
import { readMailCopies } from './mail-catcher';
import type { Reading } from './pages';
import type { System } from './system';
import { readCommits, readLogs } from './topics';

/** Reads all that the invariants look at. Whether anything moved meanwhile is for the caller to find out. */
export async function readFacts(
  system: System,
  mailWebUrl: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Omit<Facts, 'isAtRest'>> {
  const { broker, topics, codec, databases, subscriptions } = system;
  const reading: Reading = { sources: [], signal };
  const logs = await readLogs({ broker, topics, codec }, reading);
  const services: ServiceFacts[] = [];
  for (const name of databases.keys()) services.push(await readService(system, name, reading));
  const community = await readCommunity(databases, reading);
  const commerce = await readCommerce(databases, reading);
  const commits = await readCommits(broker, new Set(services.map(({ group }) => group)), reading);
  const mailCopies = mailWebUrl === undefined ? undefined : await readMailCopies(mailWebUrl);
  const { sources } = reading;
  return {
    readAt_ms: Date.now(),
    topics,
    services,
    subscriptions,
    logs,
    commits,
    sources,
    ...community,
    ...commerce,
    mailCopies,
  };
}

async function readService(system: System, name: string, reading: Reading): Promise<ServiceFacts> {
  const { broker, databases, subscriptions, topics } = system;
  const database = databases.get(name);
  if (!database) throw new Error(`${name} was not opened`);
  const group = consumerGroup(name);
  return {
    name,
    group,
    rows: await readOutbox(database, name, reading),
    received: await readReceived(database, name, group, reading),
    committed: await readCommitted(broker, group, partitionsOf(group, subscriptions, topics)),
    progress: await readProgress(database, group),
    parked: await readParked(database, name, group, reading),
  };
}

/** Whether the logs are still as long as they were read. */
export async function isUnchanged({ broker }: System, { logs }: Pick<Facts, 'logs'>): Promise<boolean> {
  for (const { topic, partition, high } of logs) {
    if (Number((await broker.offsetRange({ topic, partition })).high) !== high) return false;
  }
  return true;
}
