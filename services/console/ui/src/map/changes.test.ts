import { expect, test } from '@jest/globals';
import type { Overview } from '../../../src/views';
import { changesBetween } from './changes';

const broker = (id: number, isUp: boolean) => ({
  ...{ id, isUp, address: `127.0.0.1:${id}`, isController: id === 1, leaders: 0, replicas: 0, inSync: 0 },
});
const overview: Overview = {
  at: '2026-11-20T12:00:00Z',
  problems: [],
  services: [
    {
      name: 'email',
      instances: [1, 2].map((instance) => ({ name: `email-${instance}`, isReady: true, detail: null })),
      outbox: null,
    },
  ],
  topics: [{ name: 'board.created', partitions: 3, records: 5, written: 5, deadLetters: 1 }],
  groups: [],
  brokers: [broker(1, true), broker(2, true)],
  kafka: { controller: 1, underMinIsr: 0, underReplicated: 0, offline: 0 },
  rates: {},
};

test('traffic is nothing to be told of', () => {
  const busy = {
    ...overview,
    rates: { 'board>board.created': 12 },
    topics: [{ ...overview.topics[0]!, written: 9 }],
  };
  expect(changesBetween(overview, busy)).toEqual([]);
});

test('brokers, the controller, instances and dead letters are', () => {
  const hurt: Overview = {
    ...overview,
    brokers: [broker(1, false), broker(2, true)],
    kafka: { controller: 2, underMinIsr: 0, underReplicated: 0, offline: 0 },
    services: [
      { ...overview.services[0]!, instances: [{ name: 'email-1', isReady: false, detail: 'smtp' }] },
    ],
    topics: [{ ...overview.topics[0]!, deadLetters: 3 }],
  };
  expect(changesBetween(overview, hurt)).toEqual([
    'Broker 1 is down.',
    'Broker 2 is the controller.',
    'email: 0 of 1 ready.',
    '2 more dead letters of board.created.',
  ]);
  expect(changesBetween(hurt, overview)).toContain('Broker 1 is up again.');
});

test('what is seen for the first time, or not at all, is no change', () => {
  const blind: Overview = {
    ...overview,
    brokers: [],
    services: [],
    topics: [],
    kafka: null,
  };
  expect(changesBetween(overview, blind)).toEqual([]);
});
