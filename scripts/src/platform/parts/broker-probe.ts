import { Kafka, logLevel } from 'kafkajs';

const CONNECTION_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 2_000;

/** Whether the broker on this port answers and knows itself as a member of the cluster. */
export async function brokerAnswers(port: number, nodeId: number): Promise<boolean> {
  const kafka = new Kafka({
    clientId: 'naru-platform-probe',
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.brokers.some((broker) => broker.nodeId === nodeId);
  } finally {
    await admin.disconnect();
  }
}
