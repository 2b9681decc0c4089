import { parse } from 'yaml';
import { chartSchema, chartTopology, umbrellaSchema } from './charts';

const library = {
  type: 'object',
  properties: { global: { type: 'object' }, api: {}, consumer: {}, env: {} },
};

test('a chart knows its peers both ways, and what it consumes with the partitions', () => {
  expect(parse(chartTopology('point'))).toEqual({
    service: 'point',
    port: 8086,
    roles: ['api', 'consumer'],
    serves: 'api',
    isEntrance: false,
    needs: ['kafka', 'mysql'],
    calls: [],
    calledBy: ['gateway', 'user'],
    consumes: {
      group: 'point-consumer-group',
      topics: [
        { name: 'user.signed-up', partitions: 3 },
        { name: 'board.created', partitions: 3 },
      ],
    },
  });
});

test('the gateway is the entrance and needs no Kafka; the consumer of email serves', () => {
  const gateway = parse(chartTopology('gateway'));
  expect(gateway).toMatchObject({ isEntrance: true, needs: ['redis'] });
  expect(gateway.consumes).toBeUndefined();
  expect(parse(chartTopology('email'))).toMatchObject({
    serves: 'consumer',
    needs: ['kafka', 'mysql', 'smtp'],
  });
});

test('a chart takes no settings for a role that its service does not have', () => {
  const properties = (text: string) => Object.keys(JSON.parse(text).properties);
  expect(properties(chartSchema('gateway', library))).toEqual(['global', 'api', 'env']);
  expect(properties(chartSchema('email', library))).toEqual(['global', 'consumer', 'env']);
  expect(properties(umbrellaSchema(library))).toContain('notification');
});
