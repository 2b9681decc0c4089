import {
  consumerGroup,
  deadLetterHeaders,
  eventHeaders,
  eventSchemas,
  redriveHeaders,
  topics,
  topicSpecifications,
  type EventType,
  type TopicDeclaration,
} from '@naru/contracts';
import { yamlFile } from './yaml-file';

/** Of AsyncAPI's Kafka bindings. */
const BINDING = { bindingVersion: '0.5.0' };
/** The media type with the version that AsyncAPI's parsers know; Naru's schemas use nothing newer. */
const AVRO = 'application/vnd.apache.avro;version=1.9.0';
const DEAD_LETTER = 'dead-letter';

const DESCRIPTION = `Who says what on which topic of Kafka, and who listens.

Events are CloudEvents 1.0 in the Kafka protocol's binary mode: attributes are headers, the value is the payload. It is
JSON that fits the Avro schema, or, where \`EVENT_ENCODING\` is \`avro\`, Avro in Confluent's framing; readers go by
\`content-type\`. Readers pass over what they do not know, fields as well as event types.

What a group cannot process goes to the topic's dead-letter topic, to the same partition, bytes and headers untouched.`;

type Topic = [name: string, declaration: TopicDeclaration];

/** `docs/asyncapi.yaml`: topics, events and groups as AsyncAPI 3.0 has them. */
export function asyncApiYaml(): string {
  return yamlFile([asyncApi()]);
}

/** The AsyncAPI 3.0 description of the topics in topology.ts and the events in events/*.avsc. */
export function asyncApi(): object {
  const declared = Object.entries<TopicDeclaration>(topics);
  const types = declared.flatMap(([, { events }]) => events);
  return {
    asyncapi: '3.0.0',
    id: 'urn:naru',
    info: {
      title: 'Naru',
      version: '1.0.0',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers,
    channels: Object.fromEntries(declared.flatMap((topic) => [channel(topic), deadLetterChannel(topic)])),
    operations: Object.fromEntries(declared.flatMap((topic) => operationsOf(topic))),
    components: {
      messages: {
        ...Object.fromEntries(
          declared.flatMap((topic) => topic[1].events.map((type) => message(type, topic))),
        ),
        [DEAD_LETTER]: deadLetter,
      },
      schemas: {
        ...Object.fromEntries(
          types.map((type) => [type, { schemaFormat: AVRO, schema: eventSchemas[type] }]),
        ),
        eventHeaders: eventHeadersSchema,
        deadLetterHeaders: deadLetterHeadersSchema,
      },
      securitySchemes: { scram: { type: 'scramSha512', description: 'Each service has a user of its own' } },
    },
  };
}

const servers = {
  laptop: {
    host: '127.0.0.1:19092',
    protocol: 'kafka',
    description: 'The first of three brokers that `npm start` runs; the others are on 29092 and 39092',
  },
  cluster: {
    host: 'naru-kafka-bootstrap:9093',
    protocol: 'kafka-secure',
    description: "Strimzi's brokers on Kubernetes",
    security: [{ $ref: '#/components/securitySchemes/scram' }],
  },
};

function channel([name, topic]: Topic): [string, object] {
  return [
    name,
    {
      address: name,
      description:
        topic.key === null
          ? 'Records have no key: their order holds over all of them.'
          : `The key is \`${topic.key}\`: for each the order holds.`,
      messages: Object.fromEntries(topic.events.map((type) => [type, messageOf(type)])),
      bindings: { kafka: kafkaTopic(name) },
    },
  ];
}

function deadLetterChannel([name, { deadLetterTopic }]: Topic): [string, object] {
  return [
    deadLetterTopic,
    {
      address: deadLetterTopic,
      description: `What a group could not process of \`${name}\`. \`npm run dead-letters\` shows it and sends it again.`,
      messages: { [DEAD_LETTER]: messageOf(DEAD_LETTER) },
      bindings: { kafka: kafkaTopic(deadLetterTopic) },
    },
  ];
}

function kafkaTopic(name: string): object {
  const found = topicSpecifications().find((specification) => specification.name === name);
  if (!found) throw new Error(`no topic is named ${name}`);
  const config = Object.entries(found.config).map(([key, value]) => [key, Number(value)]);
  return {
    topic: name,
    partitions: found.partitions,
    replicas: found.replication,
    topicConfiguration: Object.fromEntries(config) as object,
    ...BINDING,
  };
}

function operationsOf(topic: Topic): [string, object][] {
  const [name, { producer, events, consumers, deadLetterTopic }] = topic;
  const sends = operation('send', name, events, `${producer} tells what happened.`);
  return [
    [`${producer}.sends.${name}`, sends],
    ...Object.entries(consumers).flatMap(([service, types]): [string, object][] => {
      const group = consumerGroup(service);
      const receives = operation('receive', name, types, `${service} listens as \`${group}\`.`);
      const buries = operation(
        'send',
        deadLetterTopic,
        [DEAD_LETTER],
        `${service} puts away what it cannot process.`,
      );
      const bindings = { kafka: { groupId: { type: 'string', const: group }, ...BINDING } };
      return [
        [`${service}.receives.${name}`, { ...receives, bindings }],
        [`${service}.sends.${deadLetterTopic}`, buries],
      ];
    }),
  ];
}

function operation(
  action: 'send' | 'receive',
  address: string,
  messages: readonly string[],
  summary: string,
): object {
  const reference = `#/channels/${address}`;
  return {
    action,
    channel: { $ref: reference },
    summary,
    messages: messages.map((message) => ({ $ref: `${reference}/messages/${message}` })),
  };
}

function message(type: EventType, [, { key }]: Topic): [string, object] {
  const schema = eventSchemas[type] as { readonly name: string; readonly doc?: string };
  return [
    type,
    {
      name: type,
      title: schema.name,
      ...(schema.doc !== undefined && { summary: schema.doc }),
      contentType: 'application/json',
      headers: { $ref: '#/components/schemas/eventHeaders' },
      payload: { $ref: `#/components/schemas/${type}` },
      correlationId: { location: `$message.header#/${eventHeaders.correlationId}` },
      bindings: {
        kafka: {
          ...(key !== null && { key: { type: 'string', description: `\`${key}\` of the payload, as text` } }),
          schemaIdLocation: 'payload',
          schemaIdPayloadEncoding: '4',
          schemaLookupStrategy: 'TopicRecordNameStrategy',
          ...BINDING,
        },
      },
    },
  ];
}

const messageOf = (name: string) => ({ $ref: `#/components/messages/${name}` });
const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more });

const eventHeadersSchema = {
  type: 'object',
  required: [
    eventHeaders.id,
    eventHeaders.source,
    eventHeaders.type,
    eventHeaders.specVersion,
    eventHeaders.time,
    eventHeaders.subject,
    eventHeaders.correlationId,
    eventHeaders.contentType,
  ],
  properties: {
    [eventHeaders.id]: text('A UUIDv7; a record that has it again is the same event', { maxLength: 255 }),
    [eventHeaders.source]: text('`/naru/` and the service', { pattern: '^/naru/[a-z]+$' }),
    [eventHeaders.type]: text('What happened'),
    [eventHeaders.specVersion]: text('Of CloudEvents', { const: '1.0' }),
    [eventHeaders.time]: text('When it was written down', { format: 'date-time' }),
    [eventHeaders.subject]: text('The id of what it happened to'),
    [eventHeaders.correlationId]: text('The id of the event that it all began with'),
    [eventHeaders.sagaId]: text('The saga that it belongs to'),
    [eventHeaders.contentType]: text('Of the value', { enum: ['application/json', 'application/avro'] }),
    [eventHeaders.traceparent]: text('W3C trace context'),
    [redriveHeaders.group]: text(
      'In a dead letter that was sent again: the only group that is to process it',
    ),
    [redriveHeaders.count]: text('In a dead letter that was sent again: how often'),
  },
};

const deadLetterHeadersSchema = {
  type: 'object',
  description: 'Besides the headers of the record itself. All are UTF-8 text.',
  required: Object.values(deadLetterHeaders),
  properties: {
    [deadLetterHeaders.topic]: text('Where the record was'),
    [deadLetterHeaders.partition]: text('Its partition', { pattern: '^[0-9]+$' }),
    [deadLetterHeaders.offset]: text('Its offset', { pattern: '^[0-9]+$' }),
    [deadLetterHeaders.timestamp]: text('Its timestamp, in milliseconds since 1970', { pattern: '^[0-9]+$' }),
    [deadLetterHeaders.consumerGroup]: text('The group that could not process it'),
    [deadLetterHeaders.exceptionName]: text('The name of the error'),
    [deadLetterHeaders.exceptionMessage]: text('What it says'),
    [deadLetterHeaders.exceptionStack]: text('Where it comes from, cut off'),
    [deadLetterHeaders.attempts]: text('How often it was tried', { pattern: '^[0-9]+$' }),
  },
};

const deadLetter = {
  name: DEAD_LETTER,
  title: 'DeadLetter',
  summary: 'A record that a group could not process: its bytes and headers as they were, and why.',
  contentType: 'application/octet-stream',
  headers: { $ref: '#/components/schemas/deadLetterHeaders' },
  payload: { description: 'The bytes of the record, which may be no event at all' },
};
