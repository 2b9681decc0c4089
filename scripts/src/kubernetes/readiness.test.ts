import { whyNotReady } from './readiness';

const named = { metadata: { name: 'it', generation: 2 } };

describe('a Deployment', () => {
  const deployment = { ...named, apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 2 } };
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2 };

  test('is ready when all its pods are new and ready', () => {
    expect(whyNotReady({ ...deployment, status: done })).toBeNull();
  });

  test.each([
    ['an old pod is still there', { ...done, replicas: 3 }],
    ['a pod is of an older specification', { ...done, updatedReplicas: 1 }],
    ['a pod is not ready', { ...done, readyReplicas: 1 }],
    ['its newest specification was not looked at', { ...done, observedGeneration: 1 }],
    ['it has no status', undefined],
  ])('is not when %s', (_, status) => {
    expect(whyNotReady({ ...deployment, status })).not.toBeNull();
  });
});

describe('a Kafka', () => {
  const kafka = { ...named, apiVersion: 'kafka.strimzi.io/v1', kind: 'Kafka' };
  const ready = (status: string) => ({
    observedGeneration: 2,
    conditions: [{ type: 'Ready', status, message: 'the brokers are starting' }],
  });

  test('is ready when it says so of its newest specification', () => {
    expect(whyNotReady({ ...kafka, status: ready('True') })).toBeNull();
    expect(whyNotReady({ ...kafka, status: { ...ready('True'), observedGeneration: 1 } })).not.toBeNull();
  });

  test('says why it is not', () => {
    expect(whyNotReady({ ...kafka, status: ready('False') })).toBe('the brokers are starting');
    expect(whyNotReady(undefined)).toBe('it is not there');
  });
});
