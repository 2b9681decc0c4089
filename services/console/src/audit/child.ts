import { audit, type AuditReport } from '@naru/audit';
import type { KafkaAccess } from '@naru/kernel';

/** What the child is sent, once. */
export interface AuditOrder {
  readonly kafka: KafkaAccess;
  readonly databaseUrls: Readonly<Record<string, string>>;
  readonly mailWebUrl: string | undefined;
  readonly schemaRegistryUrl: string | undefined;
  readonly drain_ms: number;
}

/** What it answers, once, before it ends. */
export type AuditAnswer = { readonly report: AuditReport } | { readonly error: string };

// A process of its own: all facts are in memory at once, and judging them leaves no time for anything else.
process.once('message', (order: AuditOrder) => {
  void run(order).then((answer) => process.send?.(answer, () => process.disconnect()));
});
process.once('disconnect', () => {
  process.exitCode = 0;
});

async function run({ kafka, databaseUrls, drain_ms, ...more }: AuditOrder): Promise<AuditAnswer> {
  try {
    const databaseUrl = (service: string) => databaseUrls[service] as string;
    return { report: await audit({ kafka, databaseUrl, ...more }, { drain_ms }) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
