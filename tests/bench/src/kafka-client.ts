import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';

/** kafkajs with the kernel's settings (services/kernel/src/messaging/kafka-broker.ts and kafka-consumption.ts). */
export function kafkaClient(clientId: string, brokers: string): Kafka {
  return new Kafka({
    clientId,
    brokers: brokers.split(','),
    connectionTimeout: 5_000,
    requestTimeout: 5_000,
    retry: { retries: 10, initialRetryTime: 50, maxRetryTime: 1_000 },
    logLevel: logLevel.NOTHING,
  });
}

export function twinProducer(kafka: Kafka): Producer {
  return kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    metadataMaxAge: 5_000,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
}

export const twinConsumer = {
  sessionTimeout: 10_000,
  heartbeatInterval: 1_000,
  rebalanceTimeout: 15_000,
  metadataMaxAge: 5_000,
  maxWaitTimeInMs: 100,
  maxBytesPerPartition: 1_048_576,
  allowAutoTopicCreation: false,
};
