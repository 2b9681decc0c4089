import type { Operation } from '@naru/contracts';
import { Type, type TProperties } from '@sinclair/typebox';
import type {
  AuditState,
  Chaos,
  DeadLetterPage,
  EventPage,
  Overview,
  ParkedKey,
  RedriveResult,
  Story,
  Topology,
} from './views';

const closed = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const Word = Type.String({ minLength: 1, maxLength: 1_024 });
const Maybe = Type.Optional(Word);
const Shown = Type.Optional(Type.Literal('shown'));
const Page = (max: number) => Type.Optional(Type.Integer({ minimum: 1, maximum: max }));
const LetterId = closed({ id: Type.String({ minLength: 1, maxLength: 500 }) });
const Name = closed({ name: Type.String({ pattern: '^[a-z0-9-]{1,63}$' }) });
const answers = <A>() => Type.Unsafe<A>({});

const read = { service: 'console', method: 'GET', access: 'internal', status: 200 } as const;
const write = { service: 'console', method: 'POST', access: 'internal', status: 200 } as const;

/** What is asked of the console; the page's side of it is views.ts. */
export const consoleOperations = {
  topology: {
    ...read,
    id: 'getTopology',
    summary: 'Services and topics, laid out',
    path: '/api/topology',
    answer: answers<Topology>(),
  },
  overview: {
    ...read,
    id: 'getOverview',
    summary: 'How all of it is doing',
    path: '/api/overview',
    answer: answers<Overview>(),
  },
  orderStory: {
    ...read,
    id: 'getOrderStory',
    summary: "An order's story across the services",
    path: '/api/stories/orders/{orderId}',
    params: closed({ orderId: Type.String({ format: 'uuid' }) }),
    answer: answers<Story>(),
  },
  userStory: {
    ...read,
    id: 'getUserStory',
    summary: "A user's story across the services",
    path: '/api/stories/users/{userId}',
    params: closed({ userId: Type.Integer({ minimum: 1 }) }),
    answer: answers<Story>(),
  },
  events: {
    ...read,
    id: 'listEvents',
    summary: 'Events of a topic, newest first',
    path: '/api/events',
    query: closed({
      topic: Word,
      key: Maybe,
      type: Maybe,
      from: Type.Optional(Type.String({ format: 'date-time' })),
      to: Type.Optional(Type.String({ format: 'date-time' })),
      limit: Page(200),
      payload: Shown,
    }),
    answer: answers<EventPage>(),
  },
  deadLetters: {
    ...read,
    id: 'listDeadLetters',
    summary: 'Dead letters, oldest first within a partition',
    path: '/api/dead-letters',
    query: closed({
      topic: Maybe,
      group: Maybe,
      key: Maybe,
      state: Type.Optional(Type.String({ pattern: '^(waiting|redriven|quarantined)$' })),
      after: Maybe,
      limit: Page(500),
      payload: Shown,
    }),
    answer: answers<DeadLetterPage>(),
  },
  parked: {
    ...read,
    id: 'listParked',
    summary: 'Keys that a record has stopped',
    path: '/api/parked',
    query: closed({ topic: Maybe, group: Maybe, key: Maybe }),
    answer: answers<ParkedKey[]>(),
  },
  redrive: {
    ...write,
    id: 'redrive',
    summary: 'Sends dead letters to their topic again',
    path: '/api/dead-letters/redrive',
    body: closed({
      ...{ id: Maybe, key: Maybe, topic: Maybe, group: Maybe, all: Type.Optional(Type.Literal(true)) },
      dryRun: Type.Boolean(),
      limit: Page(1_000),
    }),
    answer: answers<RedriveResult>(),
  },
  redriveEdited: {
    ...write,
    id: 'redriveEdited',
    summary: 'Sends an edited copy of a dead letter on, as another event',
    path: '/api/dead-letters/{id}/edited',
    params: LetterId,
    body: closed({ payload: Type.Object({}, { additionalProperties: true }), dryRun: Type.Boolean() }),
    answer: answers<RedriveResult>(),
  },
  release: {
    ...write,
    id: 'releaseParked',
    summary: 'Lets parked keys be handled again, in order',
    path: '/api/parked/release',
    body: closed({
      id: Maybe,
      key: Maybe,
      topic: Maybe,
      group: Maybe,
      all: Type.Optional(Type.Literal(true)),
    }),
    answer: answers<{ released: number }>(),
  },
  discard: {
    ...write,
    id: 'discardParked',
    summary: 'Makes the record that stops a key a dead letter; the key goes on',
    path: '/api/parked/{id}/discard',
    params: LetterId,
    status: 204,
  },
  lastAudit: {
    ...read,
    id: 'getAudit',
    summary: 'The last audit',
    path: '/api/audit',
    answer: answers<AuditState>(),
  },
  startAudit: {
    ...write,
    id: 'startAudit',
    summary: 'Audits, unless an audit is under way already',
    path: '/api/audit',
    status: 202,
    answer: answers<AuditState>(),
  },
  chaos: {
    ...read,
    id: 'getChaos',
    summary: 'What may be broken here',
    path: '/api/chaos',
    answer: answers<Chaos>(),
  },
  breakPart: {
    ...write,
    id: 'breakPart',
    summary: 'Kills, pauses, stops or mends a part',
    path: '/api/chaos/parts/{name}',
    params: Name,
    body: closed({ action: Type.String({ pattern: '^(kill|pause|resume|stop|start)$' }) }),
    answer: answers<Chaos>(),
  },
  setFault: {
    ...write,
    id: 'setFault',
    summary: 'Makes something fail, or work again',
    path: '/api/chaos/faults/{name}',
    params: Name,
    body: closed({ active: Type.Boolean() }),
    answer: answers<Chaos>(),
  },
  burst: {
    ...write,
    id: 'startBurst',
    summary: 'A burst of requests through the gateway',
    path: '/api/chaos/burst',
    body: closed({
      kind: Type.String({ pattern: '^(sign-ups|orders)$' }),
      perSecond: Type.Integer({ minimum: 1, maximum: 500 }),
      seconds: Type.Integer({ minimum: 1, maximum: 120 }),
    }),
    status: 202,
    answer: answers<Chaos>(),
  },
} as const satisfies Record<string, Operation>;
