import {
  topicOf,
  topics,
  type EventPayloads,
  type EventType,
  type ServiceName,
  type TopicDeclaration,
  type TopicName,
} from '@naru/contracts';

/** The services that play a saga together. */
export const players = ['order', 'product', 'payment'] as const satisfies readonly ServiceName[];
export type Player = (typeof players)[number];

type SagaTopic = Extract<TopicName, `${'order' | 'stock' | 'payment'}.${string}`>;
export type SagaEventType = (typeof topics)[SagaTopic]['events'][number];

/** An event of any of the saga's types, with the payload that belongs to it. */
export type SagaEvent = {
  [T in SagaEventType]: { readonly type: T; readonly data: EventPayloads[T] };
}[SagaEventType];

/** Anything that tells of an order. */
export interface OfOrder {
  readonly type: EventType;
  readonly data: { readonly orderId: string };
}

/** What one service has to hear in one order: the events of one key of a topic, or of a whole topic without keys. */
export interface Lane<E> {
  readonly reader: Player;
  readonly topic: TopicName;
  readonly events: readonly E[];
  /** So many of the events have been heard, from the first on. */
  readonly heard: number;
}

export interface Lanes<E> {
  /** Puts an event where topology.ts says that it goes, last in the lanes of all who handle its type. */
  tell(event: E): void;
  /** Lanes with events that have not been heard. */
  waiting(): Lane<E>[];
  /** @returns the next events of a lane, at most so many, which count as heard from now on */
  hear(lane: Lane<E>, eventsMax: number): E[];
  all(): readonly Lane<E>[];
}

/** Topics as between services: in order within a lane, in any order between lanes. Nothing is ever deleted. */
export function createLanes<E extends OfOrder>(): Lanes<E> {
  interface OpenLane extends Lane<E> {
    readonly events: E[];
    heard: number;
  }
  const lanes = new Map<string, OpenLane>();

  return {
    tell(event) {
      const topic = topicOf(event.type);
      const { key, consumers }: TopicDeclaration = topics[topic];
      const value = key === null ? '' : String((event.data as Record<string, unknown>)[key]);
      for (const reader of players.filter((player) => consumers[player]?.includes(event.type))) {
        const name = `${reader} ${topic} ${value}`;
        const lane = lanes.get(name) ?? { reader, topic, events: [], heard: 0 };
        lane.events.push(event);
        lanes.set(name, lane);
      }
    },
    waiting: () => [...lanes.values()].filter(({ events, heard }) => heard < events.length),
    hear(lane, eventsMax) {
      const open = lane as OpenLane;
      const events = open.events.slice(open.heard, open.heard + eventsMax);
      open.heard += events.length;
      return events;
    },
    all: () => [...lanes.values()],
  };
}
