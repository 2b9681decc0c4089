import { AvroSchemaParser } from '@asyncapi/avro-schema-parser';
import { Parser, type Diagnostic } from '@asyncapi/parser';
import {
  consumerGroup,
  eventSchemas,
  topics,
  topicSpecifications,
  type TopicDeclaration,
} from '@naru/contracts';
import { asyncApi } from './asyncapi';

type Loose = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- read and spoiled at will

const fresh = () => JSON.parse(JSON.stringify(asyncApi())) as Loose;
const avro = AvroSchemaParser();
const parser = new Parser();
parser.registerSchemaParser(avro);

const ERROR = 0;
const told = ({ severity, message, path }: Diagnostic) => `${severity}: ${path.join('/')}: ${message}`;

async function errorsOf(document: Loose): Promise<string[]> {
  // As text, for the parser puts its translations into what it is given.
  const written = JSON.stringify(document);
  const { diagnostics } = await parser.parse(written);
  const errors = diagnostics.filter(({ severity }) => Number(severity) === ERROR).map(told);
  return [...errors, ...(await avroErrorsOf(JSON.parse(written) as Loose))];
}

/** What the parser of Avro finds; AsyncAPI's only has it translate. */
async function avroErrorsOf({ components }: Loose): Promise<string[]> {
  const schemas = Object.values<Loose>(components.schemas).filter(({ schemaFormat }) => schemaFormat);
  const found = await Promise.all(
    schemas.map(async ({ schema }) => avro.validate({ data: schema, path: [] } as never)),
  );
  return found.flatMap((errors) => errors ?? []).map(({ message }) => message);
}

test("AsyncAPI's own parser has nothing to say but that there is a newer version", async () => {
  const diagnostics = await parser.validate(fresh() as never);
  expect(diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version').map(told)).toEqual([]);
  expect(await errorsOf(fresh())).toEqual([]);
}, 60_000);

const mistakes: [string, (document: Loose) => void][] = [
  ['no title', (document) => delete document['info'].title],
  [
    'an action that is none',
    ({ operations }) => (operations['user.sends.user.signed-up'].action = 'publish'),
  ],
  [
    'a channel that is not there',
    ({ operations }) => (operations['user.sends.user.signed-up'].channel.$ref = '#/channels/x'),
  ],
  [
    'a message of another channel',
    ({ operations }) =>
      (operations['user.sends.user.signed-up'].messages[0].$ref =
        '#/channels/board.created/messages/board.created'),
  ],
  ['no partitions', ({ channels }) => (channels['board.created'].bindings.kafka.partitions = 0)],
  [
    'an unknown field of a binding',
    ({ channels }) => (channels['board.created'].bindings.kafka.replication = 3),
  ],
  [
    'an Avro type that is none',
    ({ components }) => (components.schemas['board.created'].schema.fields[0].type = 'number'),
  ],
  ['headers of no type', ({ components }) => (components.schemas.eventHeaders.type = 'objects')],
  [
    'a correlation id from nowhere',
    ({ components }) => (components.messages['board.created'].correlationId.location = 'ce_id'),
  ],
  [
    'a payload that is not there',
    ({ components }) => (components.messages['board.created'].payload.$ref = '#/components/schemas/x'),
  ],
];
test.each(mistakes)(
  'it finds %s',
  async (_, spoil) => {
    const document = fresh();
    spoil(document);
    expect(await errorsOf(document)).not.toEqual([]);
  },
  60_000,
);

test('every topic is a channel as Kafka holds it, and nothing else is', () => {
  const { channels } = fresh();
  expect(Object.keys(channels).sort()).toEqual(
    topicSpecifications()
      .map(({ name }) => name)
      .sort(),
  );
  for (const { name, partitions, replication, config } of topicSpecifications())
    expect(channels[name].bindings.kafka).toMatchObject({
      topic: name,
      partitions,
      replicas: replication,
      topicConfiguration: { 'retention.ms': Number(config['retention.ms']) },
    });
});

test('every producer sends, every group receives what it handles and sends its dead letters', () => {
  const { operations } = fresh();
  const expected = Object.entries<TopicDeclaration>(topics).flatMap(
    ([name, { producer, consumers, deadLetterTopic }]) => [
      `${producer}.sends.${name}`,
      ...Object.keys(consumers).flatMap((service) => [
        `${service}.receives.${name}`,
        `${service}.sends.${deadLetterTopic}`,
      ]),
    ],
  );
  expect(Object.keys(operations).sort()).toEqual(expected.sort());
  const received = operations['catalog.receives.stock.events.v1'];
  expect(received.bindings.kafka.groupId.const).toBe(consumerGroup('catalog'));
  expect(received.messages).toHaveLength(topics['stock.events.v1'].consumers.catalog.length);
});

test('every event is a message with its Avro schema', () => {
  const { components } = fresh();
  for (const [type, schema] of Object.entries(eventSchemas)) {
    expect(components.messages[type].payload).toEqual({ $ref: `#/components/schemas/${type}` });
    expect(components.schemas[type].schema).toEqual(schema);
  }
});
