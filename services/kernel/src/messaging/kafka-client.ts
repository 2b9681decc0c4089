import { readFileSync } from 'node:fs';
import { Kafka, type KafkaConfig as KafkajsConfig } from 'kafkajs';

/** Where Kafka is, and how a client and the brokers know each other. */
export interface KafkaAccess {
  /** host:port */
  readonly brokers: readonly string[];
  /** PEM file of the authorities that may have signed the brokers' certificates; with it the connection is TLS. */
  readonly caFile?: string | undefined;
  /** For SCRAM-SHA-512. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
}

/** The one place where a client of kafkajs is made from what the environment says. */
export function createKafkaClient(
  { brokers, caFile, credentials }: KafkaAccess,
  options: Omit<KafkajsConfig, 'brokers' | 'ssl' | 'sasl'>,
): Kafka {
  return new Kafka({
    ...options,
    brokers: [...brokers],
    ...(caFile !== undefined && { ssl: trustOf(caFile) }),
    ...(credentials && { sasl: { mechanism: 'scram-sha-512', ...credentials } }),
  });
}

/** Read anew for each connection: the authority's certificate is renewed while a service runs (Strimzi: each year). */
function trustOf(caFile: string): { readonly ca: Buffer } {
  return {
    get ca() {
      return readFileSync(caFile);
    },
  };
}
