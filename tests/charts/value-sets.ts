import type { Values } from './helm';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Values that people are expected to set, and that take other ways through the templates. */
export const valueSets: Readonly<Record<string, Values>> = {
  defaults: {},
  'without KEDA': { 'global.keda.enabled': false },
  'images of a registry': {
    'global.image.registry': 'registry.example.com/naru',
    'global.image.tag': '1.4.2',
  },
  'watched and traced': {
    'global.monitoring.enabled': true,
    'global.monitoring.runbook': 'https://docs.example.com/runbook.md',
    'global.tracing.endpoint': 'http://collector.monitoring.svc:4318',
  },
  'events as Avro': {
    'global.eventEncoding': 'avro',
    'global.schemaRegistryUrl': 'http://registry:8080/apis/ccompat/v7',
  },
  elsewhere: {
    'global.kafka.bootstrapServers': 'kafka-1.example.com:9094,kafka-2.example.com:9094',
    'global.kafka.port': 9094,
    'global.smtp.secret': 'smtp',
    'global.smtp.port': 587,
  },
};

/** For one service's chart. */
export const serviceValueSets: Readonly<Record<string, Values>> = {
  ...valueSets,
  'an image by digest': { 'image.digest': DIGEST },
  tuned: { 'env.LOG_LEVEL': 'debug', preStopSeconds: 15, 'service.type': 'LoadBalancer' },
};
